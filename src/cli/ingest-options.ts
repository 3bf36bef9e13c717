import { type Command, Option } from "commander";
import type { Client } from "../client.js";
import type { VersionChoice } from "../ingest/version-choice.js";
import { UsageError } from "./exit.js";
import { findAppStoreVersionId, findPackageId, type VersionFlags } from "./package-options.js";

/** What `ingest` does before it downloads. */
export type IngestFlags = VersionFlags & {
  readonly create?: true;
  readonly wait?: true;
};

export function addWaitOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--create",
        "first create the package of the App Store version, and wait for its version",
      ).implies({
        wait: true,
      }),
    )
    .option("--wait", "first wait until the package has a current version, at most half an hour");
}

/** The version or package to ingest, once it exists. `note` is told about a wait. */
export async function chooseVersion(
  client: Client,
  flags: IngestFlags,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<VersionChoice> {
  if (flags.versionId !== undefined) {
    if (flags.create || flags.wait)
      throw new UsageError("--version-id: that version exists, leave out --wait");
    return { versionId: flags.versionId };
  }
  const packageId = flags.create
    ? await createPackage(client, flags, signal)
    : await findPackageId(client, flags, signal);
  if (!flags.wait) return { packageId };
  note(`waiting for a version of package ${packageId}`);
  return { versionId: (await client.packages.waitForCurrentVersion(packageId, { signal })).id };
}

async function createPackage(client: Client, flags: IngestFlags, signal: AbortSignal): Promise<string> {
  if (flags.versionId !== undefined || flags.packageId !== undefined) {
    throw new UsageError("--create: give the App Store version, because the package with this id exists");
  }
  const appStoreVersionId = await findAppStoreVersionId(client, flags, signal);
  return (await client.packages.ensure({ appStoreVersionId }, { signal })).data.id;
}
