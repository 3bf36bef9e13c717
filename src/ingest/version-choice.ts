import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { checkDuration, checkText, optionError, show } from "../checks.js";
import type { Client } from "../client.js";
import { isObject } from "../json.js";
import type { CallOptions } from "../options.js";
import type { SearchPlatform } from "../resources/app-store-versions.js";
import type { WaitOptions } from "../resources/wait.js";

type ChoiceName = "versionId" | "packageId" | "appStoreVersionId" | "bundleId" | "versionString" | "platform";

/** One way to choose a version: the options of the other ways cannot be given with it. */
type Only<Choice> = Choice & { readonly [Name in Exclude<ChoiceName, keyof Choice>]?: undefined };

/** Which package version to ingest: exactly one of three ids, or an app's bundle id with a version's number. */
export type VersionChoice =
  | Only<{
      /** A package version, in state COMPLETED or REPLACED. Takes one API call less than the other ids. */
      readonly versionId: string;
    }>
  | Only<{
      /** A package. Its version in state COMPLETED is ingested. */
      readonly packageId: string;
    }>
  | Only<{
      /**
       * An App Store version: a UUID or a number, neither the app's id nor the version number. The version of its package in
       * state COMPLETED is ingested. `client.appStoreVersions.find` finds the id.
       */
      readonly appStoreVersionId: string;
    }>
  | Only<{
      /** The bundle id of the app: `client.appStoreVersions.find` finds its version. */
      readonly bundleId: string;
      /** The number of the App Store version, such as "1.2.3". */
      readonly versionString: string;
      /** @default "IOS" */
      readonly platform?: SearchPlatform | undefined;
    }>;

/** A choice by id. */
type IdChoice = Extract<VersionChoice, { readonly bundleId?: undefined }>;

/** How to wait for a package's first version. */
export type VersionWait = Pick<WaitOptions, "pollInterval" | "timeout">;

/** A choice, and what to do before the ingest. */
export type VersionRequest = VersionChoice & {
  readonly create?: boolean | undefined;
  readonly wait?: boolean | VersionWait | undefined;
};

const NAMES = ["versionId", "packageId", "appStoreVersionId", "bundleId"] as const;

/** @throws TypeError naming the option that is wrong */
export function checkVersionChoice(request: VersionRequest): void {
  const given = NAMES.filter((name) => request[name] !== undefined);
  const [name] = given;
  if (given.length !== 1 || name === undefined) {
    throw optionError(NAMES.join(", "), "exactly one of them", given.join(" and ") || "none");
  }
  checkText(name, request[name], "an id");
  const { versionString, platform, create, wait } = request;
  if (name === "bundleId") checkText("versionString", versionString);
  else if (versionString !== undefined) throw optionError("versionString", "a bundleId with it", name);
  if (platform !== undefined) checkText("platform", platform);
  if (create !== undefined && typeof create !== "boolean")
    throw optionError("create", "a boolean", show(create));
  if (create && name !== "appStoreVersionId" && name !== "bundleId") {
    throw optionError("create", "appStoreVersionId or bundleId with it", name);
  }
  checkWait(wait);
  if (wait && name === "versionId") throw optionError("wait", "another id with it", name);
}

function checkWait(wait: VersionRequest["wait"]): void {
  if (wait === undefined || typeof wait === "boolean") return;
  if (!isObject(wait)) throw optionError("wait", "a boolean or an object", show(wait));
  if (wait.pollInterval !== undefined) checkDuration("wait.pollInterval", wait.pollInterval);
  if (wait.timeout !== undefined) checkDuration("wait.timeout", wait.timeout);
}

/** What {@link resolveChoice} found. */
interface ResolvedChoice {
  readonly choice: IdChoice;
  /** Number of API calls, without those of waiting. */
  readonly calls: number;
  /** The package's current version, if it was waited for. */
  readonly version?: AlternativeDistributionPackageVersion;
}

/**
 * Turns a choice into one by id: finds the App Store version, creates its package and waits for the first version, each
 * if asked for.
 *
 * @throws NotFoundError that says which App Store versions the app has
 */
export async function resolveChoice(
  { appStoreVersions, packages }: Pick<Client, "appStoreVersions" | "packages">,
  request: VersionRequest,
  options: CallOptions,
): Promise<ResolvedChoice> {
  const { create = false, wait = create } = request;
  let calls = 0;
  let choice: IdChoice;
  if (request.bundleId === undefined) choice = request;
  else {
    // A list of apps and one of versions.
    calls += 2;
    choice = { appStoreVersionId: (await appStoreVersions.find(request, options)).id };
  }
  if (choice.appStoreVersionId !== undefined && (create || wait)) {
    calls += 1;
    const { appStoreVersionId } = choice;
    const { data } = await (create
      ? packages.ensure({ appStoreVersionId }, options)
      : packages.getForAppStoreVersion(appStoreVersionId, undefined, options));
    choice = { packageId: data.id };
  }
  if (choice.packageId === undefined || !wait) return { choice, calls };
  const how = typeof wait === "object" ? wait : {};
  const { packageId } = choice;
  return { choice, calls, version: await packages.waitForCurrentVersion(packageId, { ...how, ...options }) };
}
