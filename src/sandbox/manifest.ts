import type { Asset } from "./assets.js";

/** What a manifest says besides its assets. */
export interface ManifestHead {
  readonly distributionPackageRevision: number;
  readonly appleItemId: string;
  readonly bundleId: string;
  readonly shortVersionString: string;
  readonly bundleVersion: string;
  readonly appleVersionId: string;
}

/** The `manifest.json` of a package version: every asset with the digests of its chunks. */
export async function manifestOf(head: ManifestHead, variants: readonly Asset[], deltas: readonly Asset[]) {
  const details = async (asset: Asset) => ({
    compressedSize: asset.size,
    uncompressedSize: asset.size * 2,
    hashes: [
      {
        algorithm: "sha256",
        chunkSize: Math.min(asset.chunkSize, asset.size),
        encryptedChunkDigests: await asset.chunkDigests(),
      },
    ],
  });
  const variantEntries = [];
  for (const variant of variants) {
    variantEntries.push({
      publicId: variant.id,
      assetPath: variant.path,
      installTargets: variant.installTargets,
      variantDetails: await details(variant),
    });
  }
  const deltaEntries = [];
  for (const [index, delta] of deltas.entries()) {
    const target = variants[index % variants.length];
    deltaEntries.push({
      publicId: delta.id,
      assetPath: delta.path,
      sourceVariant: {
        installTargets: target?.installTargets ?? delta.installTargets,
        appleVersionId: String(Number(head.appleVersionId) - 1),
        version: "1.0",
      },
      targetVariantAssetPath: target?.path ?? "",
      deltaDetails: await details(delta),
    });
  }
  return {
    manifestSchemaVersion: "1.0",
    ...head,
    platforms: ["ios"],
    minimumSystemVersions: { ios: "17.4" },
    requiredDeviceCapabilities: ["arm64"],
    appInstallDeterminants: [],
    hasMessagesExtension: false,
    isLaunchProhibited: false,
    variants: variantEntries,
    deltas: deltaEntries,
  };
}
