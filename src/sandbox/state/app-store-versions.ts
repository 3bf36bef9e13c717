import { checkObject, checkText, optionError } from "../../checks.js";
import { appleDate } from "../apple-date.js";
import type { SandboxContext } from "../context.js";
import type { SandboxApp, SandboxApps } from "./apps.js";
import { checkEligibility, type Eligibility } from "./eligibility.js";
import type { ManifestHead } from "./manifest.js";
import { checkVersionAssets, type VersionAssets } from "./package-versions.js";
import { type Collection, type Resource, relatedTo } from "./resource.js";
import type { ResourceRules } from "./rules.js";

/** An App Store version to add: what Apple checks of it, and the assets of its package's first version. */
export interface AppStoreVersionOptions extends VersionAssets, Eligibility {
  /**
   * Its id.
   * @default drawn from the seed
   */
  readonly id?: string | undefined;
  /**
   * The id of its app, which is added if the sandbox does not have it.
   * @default the app with `bundleId`; without one, a new app
   */
  readonly appId?: string | undefined;
  /**
   * The bundle id of its app.
   * @default that of the app with `appId`; for a new app `com.example.app1`, and so on
   */
  readonly bundleId?: string | undefined;
  /**
   * Its number, which people see.
   * @default "1.0" for the first one of an app, then "1.1", and so on
   */
  readonly version?: string | undefined;
}

/** An App Store version of the sandbox. */
export interface AddedAppStoreVersion {
  readonly id: string;
  readonly appId: string;
  readonly bundleId: string;
  readonly version: string;
}

/** An App Store version with everything the sandbox knows about it. */
export interface SandboxAppStoreVersion extends Resource, AddedAppStoreVersion {
  readonly options: AppStoreVersionOptions;
}

export class SandboxAppStoreVersions {
  readonly rules: ResourceRules = {
    attributes: ["versionString", "platform", "appVersionState", "releaseType", "reviewType", "createdDate"],
    relationships: ["alternativeDistributionPackage", "app"],
  };
  readonly #context: SandboxContext;
  readonly #apps: SandboxApps;
  readonly #collection: Collection<SandboxAppStoreVersion>;

  constructor(context: SandboxContext, apps: SandboxApps) {
    this.#context = context;
    this.#apps = apps;
    this.#collection = context.state.define("appStoreVersions");
  }

  add(options: AppStoreVersionOptions = {}): AddedAppStoreVersion {
    checkVersionAssets(checkObject("options", options));
    checkEligibility(options);
    const { random, clock } = this.#context;
    const id = checkText("id", options.id ?? random.uuid(`app store version ${this.#collection.added + 1}`));
    if (this.#collection.get(id)) {
      throw optionError("id", "an id that no App Store version of this sandbox has", `"${id}"`);
    }
    const app = this.#appOf(options);
    const others = relatedTo(app, "appStoreVersions");
    const version = checkText("version", options.version ?? unusedVersion(others, others.length));
    const { state = "PENDING_DEVELOPER_RELEASE", platform = "IOS" } = options;
    const added = { id, appId: app.id, bundleId: app.bundleId, version };
    const resource = this.#collection.add({
      ...added,
      type: "appStoreVersions",
      attributes: {
        versionString: version,
        platform,
        appVersionState: state,
        releaseType: "MANUAL",
        reviewType: "NOTARIZATION",
        createdDate: appleDate(clock.now()),
      },
      related: { app },
      options,
    });
    app.related.appStoreVersions = [...others, resource];
    return added;
  }

  #appOf({ appId, bundleId }: AppStoreVersionOptions): SandboxApp {
    const app = appId === undefined ? bundleId && this.#apps.withBundleId(bundleId) : this.#apps.get(appId);
    if (!app) return this.#apps.add({ id: appId, bundleId });
    if (bundleId === undefined || bundleId === app.bundleId) return app;
    throw optionError("bundleId", `that of app ${app.id}, ${app.bundleId}`, `"${bundleId}"`);
  }

  get(id: string): SandboxAppStoreVersion | undefined {
    return this.#collection.get(id);
  }

  latestOf(appId: string): SandboxAppStoreVersion | undefined {
    return this.#collection.all().findLast((version) => version.appId === appId);
  }
}

function unusedVersion(others: readonly Resource[], minor: number): string {
  const version = `1.${minor}`;
  const isUsed = others.some(({ attributes }) => attributes.versionString === version);
  return isUsed ? unusedVersion(others, minor + 1) : version;
}

/** What a package's manifest says about its App Store version. */
export function manifestHead(
  { appId, bundleId, version, id }: SandboxAppStoreVersion,
  revision: number,
): ManifestHead {
  const hash = Buffer.from(id).reduce((sum, byte) => (sum * 31 + byte) % 90_000_000, 7);
  return {
    distributionPackageRevision: revision,
    appleItemId: appId,
    bundleId,
    shortVersionString: version,
    bundleVersion: "1",
    appleVersionId: String(860_000_000 + hash),
  };
}
