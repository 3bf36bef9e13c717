import { optionError, show } from "../../checks.js";
import { ALL_ASSET_KINDS, ASSET_KINDS, type AssetKind } from "../../ingest/package/asset-kinds.js";
import type { SandboxContext } from "../context.js";
import {
  type AssetDefaults,
  type AssetOptions,
  checkAssets,
  checkBytes,
  forEachKind,
  SANDBOX_ASSET_KINDS,
  type SandboxAsset,
  SandboxAssets,
} from "./assets.js";
import { type AssetLists, DIGEST_KINDS, type DigestKind, type ManifestHead } from "./manifest.js";
import { packageZip } from "./package-zip.js";
import type { Collection, Resource } from "./resource.js";
import type { ResourceRules } from "./rules.js";

/** Which assets a package version has. */
export interface VersionAssets extends AssetDefaults {
  /**
   * How many, or each one.
   * @default 2 in a first version, those of the version before in a later one
   */
  readonly variants?: number | readonly AssetOptions[] | undefined;
  /**
   * How many, or each one.
   * @default none in a first version, those of the version before in a later one
   */
  readonly deltas?: number | readonly AssetOptions[] | undefined;
  /**
   * Which digests of chunks the manifest has, as Apple's had them at different times: `encrypted` ones only (until
   * 2024-07), `unencrypted` ones only (2024-08 to 2025-07), or `both` (since then). A downloaded file can be checked
   * with the encrypted ones only; without them, with the signature or the `fileChecksum`.
   * @default that of the App Store version, for which one is drawn from the seed
   */
  readonly digests?: DigestKind | undefined;
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

/** A version of a package: one that is COMPLETED or REPLACED, or one that is being built. */
export interface SandboxPackageVersion extends Resource {
  readonly assets: AssetLists;
}

interface VersionPlan {
  readonly owner: Resource;
  readonly head: ManifestHead;
  readonly wanted: VersionAssets;
  /** For assets that `wanted` says nothing about. */
  readonly defaults: VersionAssets;
  /** The version before, whose assets stay unless `wanted` gives others. */
  readonly previous: SandboxPackageVersion | undefined;
}

export class SandboxPackageVersions {
  readonly rules: ResourceRules = {
    attributes: ["version", "state"],
    relationships: [
      ...ALL_ASSET_KINDS.map((kind) => ASSET_KINDS[kind].listKey),
      "alternativeDistributionPackage",
    ],
  };
  readonly #context: SandboxContext;
  readonly #collection: Collection<SandboxPackageVersion>;
  readonly #assets: SandboxAssets;

  constructor(context: SandboxContext) {
    this.#context = context;
    this.#collection = context.state.define("alternativeDistributionPackageVersions");
    this.#assets = new SandboxAssets(context);
  }

  /** Makes a version. The API shows it once it is completed. */
  plan({ owner, head, wanted, defaults, previous }: VersionPlan): SandboxPackageVersion {
    const { random, clock, signer } = this.#context;
    const revision = String(head.distributionPackageRevision);
    const all = {
      assetBytes: wanted.assetBytes ?? defaults.assetBytes,
      chunkSize: wanted.chunkSize ?? defaults.chunkSize,
    };
    const assets = forEachKind((kind) => {
      const list = wanted[ASSET_KINDS[kind].listKey];
      if (list === undefined && previous) return previous.assets[kind];
      return this.#makeAssets(kind, list ?? SANDBOX_ASSET_KINDS[kind].count, all);
    });
    const lists = ALL_ASSET_KINDS.map((kind) => [ASSET_KINDS[kind].listKey, assets[kind]] as const);
    const drawn = DIGEST_KINDS[random.bytes(`digests ${owner.id}`, 1).readUInt8() % DIGEST_KINDS.length];
    const digests = wanted.digests ?? defaults.digests ?? drawn ?? "both";
    return {
      type: "alternativeDistributionPackageVersions",
      id: random.uuid(`package ${owner.id} version ${revision}`),
      attributes: { version: revision, state: "COMPLETED" },
      related: { ...Object.fromEntries(lists), alternativeDistributionPackage: owner },
      file: packageZip({ head, assets, digests, signer, signedAt: clock.now() }),
      assets,
    };
  }

  /** Shows a version in the API, in place of the one before. */
  complete(
    version: SandboxPackageVersion,
    previous: SandboxPackageVersion | undefined,
  ): SandboxPackageVersion {
    if (previous) previous.attributes.state = "REPLACED";
    return this.#collection.add(version);
  }

  #makeAssets(
    kind: AssetKind,
    wanted: number | readonly AssetOptions[],
    defaults: AssetDefaults,
  ): readonly SandboxAsset[] {
    const list = typeof wanted === "number" ? Array.from({ length: wanted }, () => ({})) : wanted;
    return list.map((options) => this.#assets.add(kind, options, defaults));
  }
}

export function checkVersionAssets(wanted: VersionAssets): void {
  for (const kind of ALL_ASSET_KINDS)
    checkAssets(ASSET_KINDS[kind].listKey, wanted[ASSET_KINDS[kind].listKey]);
  if (wanted.digests !== undefined && !DIGEST_KINDS.includes(wanted.digests)) {
    throw optionError("digests", DIGEST_KINDS.map(show).join(" or "), show(wanted.digests));
  }
  checkBytes("assetBytes", wanted.assetBytes);
  checkBytes("chunkSize", wanted.chunkSize);
}

export function publishedVersion(
  owner: Resource,
  { id, attributes, assets }: SandboxPackageVersion,
): PublishedVersion {
  return {
    packageId: owner.id,
    versionId: id,
    version: String(attributes.version),
    variantIds: assets.variant.map((asset) => asset.id),
    deltaIds: assets.delta.map((asset) => asset.id),
  };
}
