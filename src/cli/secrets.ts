import type { Command } from "commander";

/** The flag of commands whose resources have secrets. */
export interface SecretsFlag {
  readonly secrets?: true;
}

interface Resource {
  readonly attributes?: {
    readonly url?: string;
    readonly alternativeDistributionKeyBlob?: string;
  };
}

export function addSecretsOption(command: Command): Command {
  return command.option("--secrets", "with --json: signed URLs and key blobs too, which no log should hold");
}

/** A resource fit for a log, unless its secrets are asked for. */
export function withoutSecrets(resource: Resource, { secrets }: SecretsFlag): Resource {
  if (secrets || !resource.attributes) return resource;
  const { url, alternativeDistributionKeyBlob, ...attributes } = resource.attributes;
  return { ...resource, attributes };
}
