/** Digests of an asset's chunks by one algorithm. */
export interface AssetHash {
  readonly algorithm: string;
  readonly [field: string]: unknown;
}

/** Size and digests of an asset as it is downloaded. */
export interface AssetDetails {
  /** Size of the file in bytes. */
  readonly compressedSize: number;
  /** At least one of them is by an algorithm that this package knows. */
  readonly hashes: readonly AssetHash[];
  readonly [field: string]: unknown;
}

/** A variant in the manifest. */
export interface ManifestVariant {
  /** The variant's id in the API. */
  readonly publicId: string;
  /** `variant/<file>`. */
  readonly assetPath: string;
  readonly variantDetails: AssetDetails;
  readonly [field: string]: unknown;
}

/** A delta in the manifest. */
export interface ManifestDelta {
  /** The delta's id in the API. */
  readonly publicId: string;
  /** `delta/<file>`. */
  readonly assetPath: string;
  readonly deltaDetails: AssetDetails;
  readonly [field: string]: unknown;
}

/**
 * A package's manifest. The fields declared here were checked. All others (`bundleId`, `shortVersionString` and the
 * fields that Apple adds later) are passed on as they came and were not checked, so their type is `unknown`.
 */
export interface Manifest {
  readonly variants: readonly ManifestVariant[];
  readonly deltas?: readonly ManifestDelta[] | undefined;
  readonly [field: string]: unknown;
}
