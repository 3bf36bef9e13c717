import { type Command, Option } from "commander";
import type { IngestOptions, VersionChoice } from "../ingest/index.js";
import { UsageError } from "./exit.js";
import type { VersionFlags } from "./package-options.js";

type VersionSteps = Pick<IngestOptions, "create" | "wait">;

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

/** The flags as options of `ingestPackage`. */
export function versionOptions(flags: IngestFlags): VersionChoice & VersionSteps {
  const { create, wait } = flags;
  if (flags.versionId !== undefined) {
    if (create || wait)
      throw new UsageError(`--version-id: that version exists, leave out ${create ? "--create" : "--wait"}`);
    return { versionId: flags.versionId };
  }
  if (flags.packageId !== undefined) {
    if (create)
      throw new UsageError("--create: give the App Store version, because the package with this id exists");
    return { packageId: flags.packageId, wait };
  }
  if (flags.appStoreVersionId !== undefined)
    return { appStoreVersionId: flags.appStoreVersionId, create, wait };
  const { bundleId, appVersion: versionString, platform } = flags;
  return { bundleId, versionString, platform, create, wait };
}
