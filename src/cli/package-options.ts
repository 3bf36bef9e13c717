import { type Command, Option } from "commander";
import type { Client } from "../client.js";
import { NotFoundError } from "../errors.js";
import type { SearchPlatform } from "../resources/app-store-versions.js";
import { acceptedValues } from "./accepted-values.js";
import { id } from "./options.js";

/** An App Store version, given by its id or by its app and number. */
export type AppStoreVersionFlags =
  | { readonly appStoreVersionId: string; readonly bundleId?: undefined }
  | {
      readonly appStoreVersionId?: undefined;
      readonly bundleId: string;
      readonly appVersion: string;
      readonly platform?: SearchPlatform;
    };

/** A package, given by its own id or by its App Store version. */
export type PackageFlags =
  | (AppStoreVersionFlags & { readonly packageId?: undefined })
  | { readonly appStoreVersionId?: undefined; readonly bundleId?: undefined; readonly packageId: string };

/** A package version: the current one of a package, or one given by its own id. */
export type VersionFlags =
  | (PackageFlags & { readonly versionId?: undefined })
  | {
      readonly appStoreVersionId?: undefined;
      readonly bundleId?: undefined;
      readonly packageId?: undefined;
      readonly versionId: string;
    };

interface IdOption {
  readonly name: string;
  readonly flag: string;
  readonly description: string;
}

const APP_STORE_VERSION: IdOption = {
  name: "appStoreVersionId",
  flag: "--app-store-version-id",
  description: "id of an App Store version: not the app's id, and not a number such as 1.2.3",
};
const PACKAGE: IdOption = { name: "packageId", flag: "--package-id", description: "id of a package" };
const VERSION: IdOption = {
  name: "versionId",
  flag: "--version-id",
  description: "id of a package version, which need not be the current one",
};
const BUNDLE: IdOption = {
  name: "bundleId",
  flag: "--bundle-id",
  description: "bundle id of an app, together with --app-version",
};

/** Adds the {@link AppStoreVersionFlags}. Unless `isOptional`, they must be given. */
export function addAppStoreVersionOptions(command: Command, { isOptional = false } = {}): Command {
  command.optionsGroup("Which App Store version (give its id, or bundle id and number):");
  const missing =
    "required option '--app-store-version-id <id>' not specified, nor --bundle-id and --app-version";
  return addIdOptions(command, [APP_STORE_VERSION], isOptional ? undefined : missing);
}

/** Adds the {@link PackageFlags}. */
export function addPackageOptions(command: Command): Command {
  const ids = [APP_STORE_VERSION, PACKAGE];
  return addIdOptions(command.optionsGroup("Which package (give one):"), ids, missingId(ids));
}

/** Adds the {@link VersionFlags}. */
export function addVersionOptions(command: Command): Command {
  command.optionsGroup("Which package version (give one; for a package, its current version is used):");
  const ids = [APP_STORE_VERSION, PACKAGE, VERSION];
  return addIdOptions(command, ids, missingId(ids));
}

function missingId(ids: readonly IdOption[]): string {
  const flags = [...ids, BUNDLE].map(({ flag }) => flag);
  return `missing id: give ${flags.join(" or ")} (with --app-version)`;
}

/**
 * Adds options of which one can be given, and as another choice the bundle id with the number. `missing` is the error
 * if none is given; without it, none need be.
 */
function addIdOptions(command: Command, ids: readonly IdOption[], missing: string | undefined): Command {
  const choices = [...ids, BUNDLE];
  for (const { name, flag, description } of choices) {
    const others = choices.map((choice) => choice.name).filter((other) => other !== name);
    command.addOption(new Option(`${flag} <id>`, description).conflicts(others).argParser(id));
  }
  command
    .option("--app-version <number>", "with --bundle-id: the version's number, such as 1.2.3")
    .addOption(
      new Option("--platform <platform>", "with --bundle-id: the version's platform (default: IOS)").choices(
        acceptedValues("apps_appStoreVersions_getToManyRelated", "filter[platform]"),
      ),
    );
  return command.hook("preAction", (_, { opts }) => {
    const { bundleId, appVersion, platform, ...given } = opts.call(command);
    if (bundleId === undefined && (appVersion !== undefined || platform !== undefined)) {
      command.error(`error: ${appVersion === undefined ? "--platform" : "--app-version"} needs --bundle-id`);
    }
    if (bundleId !== undefined && appVersion === undefined) {
      command.error("error: --bundle-id needs --app-version, the version's number");
    }
    const isGiven = bundleId !== undefined || ids.some(({ name }) => given[name] !== undefined);
    if (!isGiven && missing !== undefined) command.error(`error: ${missing}`);
  });
}

export async function findAppStoreVersionId(
  client: Client,
  flags: AppStoreVersionFlags,
  signal: AbortSignal,
): Promise<string> {
  if (flags.appStoreVersionId !== undefined) return flags.appStoreVersionId;
  const { bundleId, appVersion: versionString, platform } = flags;
  return (await client.appStoreVersions.find({ bundleId, versionString, platform }, { signal })).id;
}

/** The id of the package that the flags name. @throws NotFoundError if the App Store version has none */
export async function findPackageId(
  client: Client,
  flags: PackageFlags,
  signal: AbortSignal,
): Promise<string> {
  if (flags.packageId !== undefined) return flags.packageId;
  const appStoreVersionId = await findAppStoreVersionId(client, flags, signal);
  const linkage = await client.packages.getIdForAppStoreVersion(appStoreVersionId, { signal });
  // The type does not know that Apple may answer null.
  const data: { readonly id: string } | null = linkage.data;
  if (data?.id) return data.id;
  throw new NotFoundError(`App Store version ${appStoreVersionId} has no package yet`, {
    method: "GET",
    path: `/v1/appStoreVersions/${appStoreVersionId}/relationships/alternativeDistributionPackage`,
    attempts: 1,
  });
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
