/** Digests of an asset's chunks by one algorithm. */
export interface AssetHash {
  /** `sha256` in all packages that are known. */
  readonly algorithm: string;
  /**
   * Bytes of a chunk; the last chunk is shorter. An asset that is one chunk has its own size here, larger ones are cut
   * into chunks of 10,485,760 bytes. A number if there are digests by an algorithm that is known here.
   */
  readonly chunkSize?: number | null | undefined;
  /**
   * One digest (hex) for each chunk of the file as it is downloaded. Empty in all packages that Apple signed from
   * 2024-08 to 2025-07: then the signature alone proves the file.
   */
  readonly encryptedChunkDigests?: readonly string[] | null | undefined;
  /**
   * One digest (hex) for each chunk of the content before Apple encrypted it. Not in packages of before 2024-08. Nobody
   * but Apple can check them, so they are passed on unchecked.
   */
  readonly unencryptedChunkDigests?: unknown;
  readonly [field: string]: unknown;
}

/** Size and digests of an asset as it is downloaded. */
export interface AssetDetails {
  /** Size of the file in bytes. */
  readonly compressedSize: number;
  /** If none of them has digests by an algorithm that is known here, the signature alone proves the file. */
  readonly hashes?: readonly AssetHash[] | null | undefined;
  readonly [field: string]: unknown;
}

/** A variant in the manifest. Real packages have 1 to 67 of them, and list `installTargets` in each. */
export interface ManifestVariant {
  /** The variant's id in the API: a UUID, of version 3 or 4. */
  readonly publicId: string;
  /** `variant/<file>`. */
  readonly assetPath: string;
  readonly variantDetails: AssetDetails;
  readonly [field: string]: unknown;
}

/** A delta in the manifest. Real packages have up to 228 of them. */
export interface ManifestDelta {
  /** The delta's id in the API: a UUID, of version 3 or 4. */
  readonly publicId: string;
  /** `delta/<file>`. */
  readonly assetPath: string;
  readonly deltaDetails: AssetDetails;
  readonly [field: string]: unknown;
}

/**
 * A package's manifest. The fields declared here were checked. All others (`bundleId`, `shortVersionString` and the
 * fields that Apple adds later) are passed on as they came and were not checked, so their type is `unknown`.
 *
 * `distributionPackageRevision` says nothing about deltas: there are packages of revision 1 with deltas and of revision 2
 * without.
 */
export interface Manifest {
  readonly variants: readonly ManifestVariant[];
  readonly deltas?: readonly ManifestDelta[] | undefined;
  readonly [field: string]: unknown;
}
