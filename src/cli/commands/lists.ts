import type { Command } from "commander";
import type {
  AlternativeDistributionPackageDelta,
  AlternativeDistributionPackageVariant,
} from "../../../generated/paths.js";
import type { CallOptions, Client, Paginated } from "../../index.js";
import { withoutSecrets } from "../../redact.js";
import { addApiCommand } from "../api-command.js";
import type { Context } from "../context.js";
import { addSecretsOption, type SecretsFlag } from "../options.js";
import { table } from "../output.js";
import {
  addPackageOptions,
  addVersionOptions,
  findPackageId,
  findVersionId,
  type PackageFlags,
  type VersionFlags,
} from "../package-options.js";

export function addVersions(program: Command, context: Context): void {
  addApiCommand<PackageFlags & SecretsFlag>(program, context, {
    name: "versions",
    summary: "list the versions of a package",
    description: "Lists the versions of a package: the current one is COMPLETED, earlier ones are REPLACED.",
    addOptions: (command) => addPackageOptions(addSecretsOption(command)),
    examples: [
      "adp versions --package-id $PACKAGE",
      `adp versions --bundle-id com.example.app --app-version 1.2.3 --json | jq -r '.data[].id'`,
    ],
    async run(client, flags, { signal }) {
      const packageId = await findPackageId(client, flags, signal);
      const versions = await client.packages.listVersions(packageId, undefined, { signal }).toArray();
      const rows = versions.map(({ id, attributes }) => [id, attributes?.version, attributes?.state]);
      const data = flags.secrets ? versions : versions.map(withoutSecrets);
      return { document: { data }, text: table([["ID", "NUMBER", "STATE"], ...rows]) };
    },
  });
}

export function addVariants(program: Command, context: Context): void {
  addAssetList(program, context, {
    name: "variants",
    description: "Lists the variants of a package version. Each variant is the app for one kind of device.",
    list: (client, versionId, options) => client.versions.listVariants(versionId, undefined, options),
  });
}

export function addDeltas(program: Command, context: Context): void {
  addAssetList(program, context, {
    name: "deltas",
    description:
      "Lists the deltas of a package version. Each delta is the update from one earlier version. Apple adds them some " +
      "time after the variants, in a newer version of the package.",
    list: (client, versionId, options) => client.versions.listDeltas(versionId, undefined, options),
  });
}

interface AssetList {
  readonly name: string;
  readonly description: string;
  list(
    client: Client,
    versionId: string,
    options: CallOptions,
  ): Paginated<AlternativeDistributionPackageVariant | AlternativeDistributionPackageDelta>;
}

function addAssetList(program: Command, context: Context, { name, description, list }: AssetList): void {
  addApiCommand<VersionFlags & SecretsFlag>(program, context, {
    name,
    summary: `list the ${name} of a package version`,
    description,
    addOptions: (command) => addVersionOptions(addSecretsOption(command)),
    examples: [
      `adp ${name} --bundle-id com.example.app --app-version 1.2.3`,
      `adp ${name} --version-id $VERSION --json | jq '.data | length'`,
    ],
    async run(client, flags, { signal }) {
      const versionId = await findVersionId(client, flags, signal);
      const assets = await list(client, versionId, { signal }).toArray();
      const rows = assets.map(({ id, attributes }) => [id, attributes?.fileChecksum]);
      const data = flags.secrets ? assets : assets.map(withoutSecrets);
      return { document: { data }, text: table([["ID", "CHECKSUM"], ...rows]) };
    },
  });
}
