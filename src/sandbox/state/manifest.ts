import { ALL_ASSET_KINDS, ASSET_KINDS, type AssetKind } from "../../ingest/package/asset-kinds.js";
import type { SandboxAsset } from "./assets.js";

/** What a manifest says besides its assets. */
export interface ManifestHead {
  readonly distributionPackageRevision: number;
  readonly appleItemId: string;
  readonly bundleId: string;
  readonly shortVersionString: string;
  readonly bundleVersion: string;
  readonly appleVersionId: string;
}

export type AssetLists = Readonly<Record<AssetKind, readonly SandboxAsset[]>>;

/** Which digests of its chunks a manifest has of an asset. */
export type DigestKind = "encrypted" | "unencrypted" | "both";
export const DIGEST_KINDS: readonly DigestKind[] = ["encrypted", "unencrypted", "both"];

export interface ManifestParts {
  readonly head: ManifestHead;
  readonly assets: AssetLists;
  readonly digests: DigestKind;
}

interface Entry {
  readonly head: ManifestHead;
  readonly asset: SandboxAsset;
  /** The variant a delta leads to. */
  readonly target: SandboxAsset | undefined;
  /** How many versions before this one a delta begins. */
  readonly age: number;
  readonly details: object;
}

/** What the manifest says of an asset, besides its id and path. */
const ENTRIES: Readonly<Record<AssetKind, (entry: Entry) => object>> = {
  variant: ({ asset, details }) => ({ installTargets: asset.installTargets, variantDetails: details }),
  delta: ({ head, asset, target, age, details }) => ({
    sourceVariant: {
      installTargets: target?.installTargets ?? asset.installTargets,
      appleVersionId: String(Number(head.appleVersionId) - age),
      version: `0.${1000 - age}`,
    },
    targetVariantAssetPath: target?.path ?? "",
    deltaDetails: details,
  }),
};

/** The `manifest.json` of a package version: every asset with the digests of its chunks. */
export async function manifestOf({ head, assets, digests }: ManifestParts) {
  const { length: targets } = assets.variant;
  const entriesOf = async (kind: AssetKind) => {
    const entries = [];
    for (const [index, asset] of assets[kind].entries()) {
      // The deltas from the version before come first, one to each variant, then those from the one before that.
      const target = assets.variant[index % targets];
      const age = 1 + (Math.floor(index / (targets || 1)) % 999);
      const own = ENTRIES[kind]({ head, asset, target, age, details: await detailsOf(asset, digests) });
      entries.push({ publicId: asset.id, assetPath: asset.path, ...own });
    }
    return entries;
  };
  const lists: Record<string, readonly object[]> = {};
  for (const kind of ALL_ASSET_KINDS) lists[ASSET_KINDS[kind].listKey] = await entriesOf(kind);
  return {
    manifestSchemaVersion: "1.0",
    ...head,
    platforms: ["ios"],
    minimumSystemVersions: { ios: "17.4" },
    requiredDeviceCapabilities: ["arm64"],
    appInstallDeterminants: [],
    hasMessagesExtension: false,
    isLaunchProhibited: false,
    ...lists,
  };
}

async function detailsOf(asset: SandboxAsset, kind: DigestKind) {
  const { size, chunkSize } = asset;
  // Apple's manifests have an empty list where there are no encrypted digests, and no list of the others where there
  // are none of them.
  const encryptedChunkDigests = kind === "unencrypted" ? [] : await asset.digests.chunks();
  return {
    compressedSize: size,
    uncompressedSize: size * 2,
    hashes: [
      {
        algorithm: "sha256",
        chunkSize: Math.min(chunkSize, size),
        encryptedChunkDigests,
        ...(kind !== "encrypted" && { unencryptedChunkDigests: asset.unencryptedChunkDigests() }),
      },
    ],
  };
}
