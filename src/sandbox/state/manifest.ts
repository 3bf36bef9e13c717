import { ALL_ASSET_KINDS, type AssetKind } from "../../ingest/package/asset-kinds.js";
import { SANDBOX_ASSET_KINDS, type SandboxAsset } from "./assets.js";

/** What a manifest says besides its assets. */
export interface ManifestHead {
  readonly distributionPackageRevision: number;
  readonly appleItemId: string;
  readonly bundleId: string;
  readonly shortVersionString: string;
  readonly bundleVersion: string;
  readonly appleVersionId: string;
}

/** The assets of a package version. */
export type AssetLists = Readonly<Record<AssetKind, readonly SandboxAsset[]>>;

interface Entry {
  readonly head: ManifestHead;
  readonly asset: SandboxAsset;
  /** The variant a delta leads to. */
  readonly target: SandboxAsset | undefined;
  readonly details: object;
}

/** What the manifest says of an asset, besides its id and path. */
const ENTRIES: Readonly<Record<AssetKind, (entry: Entry) => object>> = {
  variant: ({ asset, details }) => ({ installTargets: asset.installTargets, variantDetails: details }),
  delta: ({ head, asset, target, details }) => ({
    sourceVariant: {
      installTargets: target?.installTargets ?? asset.installTargets,
      appleVersionId: String(Number(head.appleVersionId) - 1),
      version: "1.0",
    },
    targetVariantAssetPath: target?.path ?? "",
    deltaDetails: details,
  }),
};

/** The `manifest.json` of a package version: every asset with the digests of its chunks. */
export async function manifestOf(head: ManifestHead, assets: AssetLists) {
  const entriesOf = async (kind: AssetKind) => {
    const entries = [];
    for (const [index, asset] of assets[kind].entries()) {
      const target = assets.variant[index % assets.variant.length];
      const own = ENTRIES[kind]({ head, asset, target, details: await detailsOf(asset) });
      entries.push({ publicId: asset.id, assetPath: asset.path, ...own });
    }
    return entries;
  };
  const lists: Record<string, readonly object[]> = {};
  for (const kind of ALL_ASSET_KINDS) lists[SANDBOX_ASSET_KINDS[kind].list] = await entriesOf(kind);
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

async function detailsOf(asset: SandboxAsset) {
  return {
    compressedSize: asset.size,
    uncompressedSize: asset.size * 2,
    hashes: [
      {
        algorithm: "sha256",
        chunkSize: Math.min(asset.chunkSize, asset.size),
        encryptedChunkDigests: await asset.chunkDigests(),
      },
    ],
  };
}
