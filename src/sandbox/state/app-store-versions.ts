import { checkText, optionError } from "../../checks.js";
import type { SandboxContext } from "../context.js";
import type { Eligibility } from "./eligibility.js";
import type { ManifestHead } from "./manifest.js";
import { checkVersionAssets, type VersionAssets } from "./package-versions.js";
import type { Collection, Resource } from "./resource.js";
import type { ResourceRules } from "./rules.js";

/** An App Store version to add: what Apple checks of it, and the assets of its package's first version. */
export interface AppStoreVersionOptions extends VersionAssets, Eligibility {
  /**
   * Its id.
   * @default drawn from the seed
   */
  readonly id?: string | undefined;
  /**
   * The id of its app.
   * @default an app of its own
   */
  readonly appId?: string | undefined;
  /**
   * The bundle id of its app.
   * @default `com.example.app1` for the first one, and so on
   */
  readonly bundleId?: string | undefined;
  /**
   * The version people see.
   * @default "1.0"
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
  readonly rules: ResourceRules = { relationships: ["alternativeDistributionPackage"] };
  readonly #context: SandboxContext;
  readonly #collection: Collection<SandboxAppStoreVersion>;

  constructor(context: SandboxContext) {
    this.#context = context;
    this.#collection = context.state.define("appStoreVersions");
  }

  /** @throws TypeError for an id that exists already, or for assets that cannot be made. */
  add(options: AppStoreVersionOptions = {}): AddedAppStoreVersion {
    checkVersionAssets(options);
    const { state, random } = this.#context;
    const number = this.#collection.added + 1;
    const id = checkText("id", options.id ?? random.uuid(`app store version ${number}`));
    if (this.#collection.get(id)) {
      throw optionError("id", "an id that no App Store version of this sandbox has", `"${id}"`);
    }
    const appNumber = () => 6_400_000_000 + random.bytes(`app ${number}`, 4).readUInt32BE();
    const added = {
      id,
      appId: checkText("appId", options.appId ?? String(appNumber())),
      bundleId: checkText("bundleId", options.bundleId ?? `com.example.app${number}`),
      version: checkText("version", options.version ?? "1.0"),
    };
    const apps = state.of("apps");
    if (!apps.get(added.appId)) apps.add({ type: "apps", id: added.appId, attributes: {}, related: {} });
    this.#collection.add({ ...added, type: "appStoreVersions", attributes: {}, related: {}, options });
    return added;
  }

  get(id: string): SandboxAppStoreVersion | undefined {
    return this.#collection.get(id);
  }

  /** The latest one of an app. */
  latestOf(appId: string): SandboxAppStoreVersion | undefined {
    return this.#collection.all().findLast((version) => version.appId === appId);
  }
}

/** What a package's manifest says about its App Store version. */
export function manifestHead(
  { appId, bundleId, version, id }: SandboxAppStoreVersion,
  revision: number,
): ManifestHead {
  const hash = Buffer.from(id).reduce((sum, byte) => sum * 31 + byte, 7);
  return {
    distributionPackageRevision: revision,
    appleItemId: appId,
    bundleId,
    shortVersionString: version,
    bundleVersion: "1",
    appleVersionId: String(860_000_000 + (hash % 90_000_000)),
  };
}
