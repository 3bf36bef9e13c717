import { type Command, InvalidArgumentError, Option } from "commander";
import type { Client } from "../client.js";
import { LONGEST_TIMER } from "../clock.js";

/** Adds examples to the end of a command's `--help`. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

/** Adds the option that all commands have. `run` reads it before the others are parsed. */
export function addJsonOption(command: Command): Command {
  return command.option("--json", "one JSON document on stdout, all else on stderr; errors as { error }");
}

/** The flag of commands whose resources have secrets. */
export interface SecretsFlag {
  readonly secrets?: true;
}

export function addSecretsOption(command: Command): Command {
  return command.option(
    "--secrets",
    "with --json: also signed URLs and key blobs, which must not get into a log",
  );
}

/** A package, given by one of two ids. */
export type PackageFlags =
  | { readonly appStoreVersionId: string; readonly packageId?: undefined }
  | { readonly appStoreVersionId?: undefined; readonly packageId: string };

/** A package version: the current one of a package, or one given by its own id. */
export type VersionFlags =
  | (PackageFlags & { readonly versionId?: undefined })
  | { readonly appStoreVersionId?: undefined; readonly packageId?: undefined; readonly versionId: string };

interface IdOption {
  readonly name: string;
  readonly flag: string;
  readonly description: string;
}

const APP_STORE_VERSION: IdOption = {
  name: "appStoreVersionId",
  flag: "--app-store-version-id",
  description: "id of an App Store version",
};
const PACKAGE: IdOption = { name: "packageId", flag: "--package-id", description: "id of a package" };
const VERSION: IdOption = {
  name: "versionId",
  flag: "--version-id",
  description: "id of a package version, which need not be the current one",
};

/** Adds the {@link PackageFlags}. */
export function addPackageOptions(command: Command): Command {
  return addIdOptions(command.optionsGroup("Which package (give one):"), [APP_STORE_VERSION, PACKAGE]);
}

/** Adds the {@link VersionFlags}. */
export function addVersionOptions(command: Command): Command {
  command.optionsGroup("Which package version (give one; for a package, its current version is used):");
  return addIdOptions(command, [APP_STORE_VERSION, PACKAGE, VERSION]);
}

/** Adds options of which exactly one must be given. */
function addIdOptions(command: Command, ids: readonly IdOption[]): Command {
  for (const { name, flag, description } of ids) {
    const others = ids.map((id) => id.name).filter((other) => other !== name);
    command.addOption(new Option(`${flag} <id>`, description).conflicts(others));
  }
  return command.hook("preAction", (_, { opts }) => {
    const given = opts.call(command);
    if (ids.some(({ name }) => given[name] !== undefined)) return;
    command.error(`error: missing id: give ${ids.map(({ flag }) => flag).join(" or ")}`);
  });
}

/** The id of the package that the flags name. */
export async function findPackageId(
  client: Client,
  flags: PackageFlags,
  signal: AbortSignal,
): Promise<string> {
  if (flags.packageId !== undefined) return flags.packageId;
  return (await client.packages.getIdForAppStoreVersion(flags.appStoreVersionId, { signal })).data.id;
}

/** The id of the version that the flags name. @throws Error if the package has no current version */
export async function findVersionId(
  client: Client,
  flags: VersionFlags,
  signal: AbortSignal,
): Promise<string> {
  if (flags.versionId !== undefined) return flags.versionId;
  const packageId = await findPackageId(client, flags, signal);
  const version = await client.packages.currentVersion(packageId, { signal });
  if (version) return version.id;
  throw new Error(
    `package ${packageId} has no current version yet: adp status --package-id ${packageId} --wait waits for it`,
  );
}

/** Parses an option's value: a whole number from `low` to `high`. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    const bounds = high === Number.MAX_SAFE_INTEGER ? `${low} or more` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`Expected a whole number, ${bounds}.`);
  };
}

const LONGEST_SECONDS = Math.floor(LONGEST_TIMER / 1000);

/** Parses an option's value: seconds, also with a fraction. */
export function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= LONGEST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected seconds: a number above 0, at most ${LONGEST_SECONDS}.`);
}
