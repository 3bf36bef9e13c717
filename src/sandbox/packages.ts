import { type Asset, type AssetDefaults, type AssetOptions, createAssetMaker } from "./assets.js";
import type { RequestDocument } from "./body.js";
import type { Clock } from "./clock.js";
import { checkEligible, type Eligibility } from "./eligibility.js";
import { ApiError } from "./errors.js";
import type { ManifestHead } from "./manifest.js";
import type { Subject } from "./notifications.js";
import { packageFile } from "./package-file.js";
import type { Random } from "./random.js";
import type { Resource, State } from "./state.js";

/** Which assets a package version has. */
export interface VersionAssets extends AssetDefaults {
  /** How many, or each one. Default: 2 in a first version, those of the earlier version in a later one. */
  readonly variants?: number | readonly AssetOptions[];
  /** How many, or each one. Default: none in a first version, those of the earlier version in a later one. */
  readonly deltas?: number | readonly AssetOptions[];
}

/** An App Store version to add: what Apple checks of it, and the assets its package's first version will have. */
export interface AppStoreVersionOptions extends VersionAssets, Eligibility {
  /** Default: made up. */
  readonly id?: string;
  /** The app it is a version of. Default: an app of its own. */
  readonly appId?: string;
  /** Default: made up. */
  readonly bundleId?: string;
  /** The version people see. Default `1.0`. */
  readonly version?: string;
}

/** An App Store version of the sandbox. */
export interface AddedAppStoreVersion {
  readonly id: string;
  readonly appId: string;
  readonly bundleId: string;
  readonly version: string;
}

/** A package version that is COMPLETED now. */
export interface PublishedVersion {
  readonly packageId: string;
  readonly versionId: string;
  /** Apple's number of the version in its package: `1`, `2`, … */
  readonly version: string;
  readonly variantIds: readonly string[];
  readonly deltaIds: readonly string[];
}

/** A package with the versions that are COMPLETED or REPLACED, and the one that is being built. */
interface Package extends Resource {
  readonly appStoreVersion: AppStoreVersion;
  readonly versions: PackageVersion[];
  building: { readonly version: PackageVersion; readonly doneAt: number } | undefined;
}

interface PackageVersion extends Resource {
  readonly variants: readonly Asset[];
  readonly deltas: readonly Asset[];
}

interface AppStoreVersion extends Resource {
  readonly options: AppStoreVersionOptions;
  readonly appId: string;
  readonly bundleId: string;
  readonly version: string;
  package: Package | undefined;
}

export function createPackages(state: State, random: Random, now: Clock, versionDelay: number) {
  const makeAsset = createAssetMaker(random);
  const appStoreVersions = new Map<string, AppStoreVersion>();
  const packages = new Map<string, Package>();
  const building = new Set<Package>();

  function assets(
    kind: "variant" | "delta",
    wanted: number | readonly AssetOptions[],
    defaults: AssetDefaults,
  ) {
    const list = typeof wanted === "number" ? Array.from({ length: wanted }, () => ({})) : wanted;
    return list.map((options) => state.add(makeAsset(kind, options, defaults)));
  }

  function makeVersion(owner: Package, wanted: VersionAssets): PackageVersion {
    const earlier = owner.versions.at(-1) ?? owner.building?.version;
    const defaults = { ...owner.appStoreVersion.options, ...wanted };
    const variants =
      wanted.variants === undefined && earlier
        ? earlier.variants
        : assets("variant", wanted.variants ?? 2, defaults);
    const deltas =
      wanted.deltas === undefined && earlier ? earlier.deltas : assets("delta", wanted.deltas ?? 0, defaults);
    const revision = owner.versions.length + 1;
    return {
      type: "alternativeDistributionPackageVersions",
      id: random.uuid(`package ${owner.id} version ${revision}`),
      attributes: { version: String(revision), state: "COMPLETED" },
      related: { variants, deltas, alternativeDistributionPackage: owner },
      file: packageFile(headOf(owner.appStoreVersion, revision), variants, deltas, random),
      variants,
      deltas,
    };
  }

  function complete(owner: Package, version: PackageVersion): void {
    const earlier = owner.versions.at(-1);
    if (earlier) earlier.attributes.state = "REPLACED";
    owner.versions.push(state.add(version));
    owner.building = undefined;
    building.delete(owner);
  }

  function makePackage(appStoreVersion: AppStoreVersion): Package {
    const versions: PackageVersion[] = [];
    const id = random.uuid(`package ${appStoreVersion.id}`);
    const owner: Package = state.add({
      type: "alternativeDistributionPackages",
      id,
      attributes: {
        sourceFileChecksum: {
          file: { hash: random.hex(`source ${id}`, 64), algorithm: "SHA_256" },
          composite: { hash: random.hex(`composite ${id}`, 32), algorithm: "MD5" },
        },
      },
      related: { versions },
      appStoreVersion,
      versions,
      building: undefined,
    });
    packages.set(id, owner);
    appStoreVersion.package = owner;
    appStoreVersion.related.alternativeDistributionPackage = owner;
    owner.building = { version: makeVersion(owner, appStoreVersion.options), doneAt: now() + versionDelay };
    building.add(owner);
    return owner;
  }

  /** Completes the versions whose time has come. */
  function settle(): void {
    for (const owner of building) {
      if (owner.building && owner.building.doneAt <= now()) complete(owner, owner.building.version);
    }
  }

  return {
    settle,

    add(options: AppStoreVersionOptions = {}): AddedAppStoreVersion {
      const number = appStoreVersions.size + 1;
      const id = options.id ?? random.uuid(`app store version ${number}`);
      if (appStoreVersions.has(id))
        throw new TypeError(`"id" is taken: there is an App Store version ${id} already`);
      const appId = options.appId ?? String(6_400_000_000 + random.bytes(`app ${number}`, 4).readUInt32BE());
      const added = {
        id,
        appId,
        bundleId: options.bundleId ?? `com.example.app${number}`,
        version: options.version ?? "1.0",
      };
      if (!state.get("apps", appId)) state.add({ type: "apps", id: appId, attributes: {}, related: {} });
      const resource = { type: "appStoreVersions", attributes: {}, related: {}, options, package: undefined };
      appStoreVersions.set(id, state.add({ ...resource, ...added }));
      return added;
    },

    publish(id: string, wanted: VersionAssets = {}): PublishedVersion {
      settle();
      const appStoreVersion = appStoreVersions.get(id);
      const owner =
        packages.get(id) ?? appStoreVersion?.package ?? (appStoreVersion && makePackage(appStoreVersion));
      if (!owner) throw new TypeError(`${id} is no App Store version and no package of this sandbox`);
      const asPlanned = wanted.variants === undefined && wanted.deltas === undefined;
      const version = (asPlanned && owner.building?.version) || makeVersion(owner, wanted);
      complete(owner, version);
      return {
        packageId: owner.id,
        versionId: version.id,
        version: String(version.attributes.version),
        variantIds: version.variants.map((asset) => asset.id),
        deltaIds: version.deltas.map((asset) => asset.id),
      };
    },

    /** What a notification about `id` can name. */
    subjectOf(id: string): Subject | undefined {
      settle();
      const named = [...appStoreVersions.values()].findLast(
        (it) =>
          it.id === id ||
          it.appId === id ||
          it.package?.id === id ||
          it.package?.versions.some((version) => version.id === id),
      );
      if (!named) return undefined;
      const versions = named.package?.versions ?? [];
      const version = versions.find((it) => it.id === id) ?? versions.at(-1);
      return {
        appId: named.appId,
        ...(named.package && { packageId: named.package.id }),
        ...(version && { versionId: version.id, version: String(version.attributes.version) }),
      };
    },

    /** POST /v1/alternativeDistributionPackages */
    create({ relationships }: RequestDocument): Resource {
      const appStoreVersion = appStoreVersions.get(relationships.appStoreVersion?.id ?? "");
      const source = { pointer: "/data/relationships/appStoreVersion" };
      if (!appStoreVersion) {
        throw new ApiError(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "There is no such App Store version.", {
          source,
        });
      }
      if (appStoreVersion.package) {
        throw new ApiError(409, "ENTITY_ERROR", "The App Store version has a package already.", { source });
      }
      checkEligible(appStoreVersion.options, source);
      const created = makePackage(appStoreVersion);
      settle();
      return created;
    },
  };
}

function headOf({ appId, bundleId, version, id }: AppStoreVersion, revision: number): ManifestHead {
  return {
    distributionPackageRevision: revision,
    appleItemId: appId,
    bundleId,
    shortVersionString: version,
    bundleVersion: "1",
    appleVersionId: String(
      860_000_000 + (Buffer.from(id).reduce((sum, byte) => sum * 31 + byte, 7) % 90_000_000),
    ),
  };
}
