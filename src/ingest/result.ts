import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import type { AssetKind } from "./package/asset-kinds.js";
import type { Manifest } from "./package/manifest.js";

/** One file of an ingested package. */
export interface IngestedAsset {
  /** The asset's id in the API, which is the manifest's `publicId`. */
  readonly id: string;
  readonly kind: AssetKind;
  /** Its path in the folder: `variant/<file>` or `delta/<file>`. */
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
  /** For the licensing service: the API's `alternativeDistributionKeyBlob`, base64. Undefined if the API gave none. */
  readonly keyBlob: string | undefined;
  /** Whether the file came from an earlier folder, or was in the target already. */
  readonly reused: boolean;
}

/** A `fileChecksum` of the API that the file does not have, although it has the manifest's digests. */
export interface ChecksumMismatch {
  /** The id of the asset, or of the version if it is the package zip's checksum. */
  readonly id: string;
  /** The asset's path, or `package.zip`. */
  readonly path: string;
  /** As the checksum's length shows: `md5`, `sha1`, `sha256`, `sha384` or `sha512`. */
  readonly algorithm: string;
  /** The API's checksum in hex. */
  readonly expected: string;
  /** The file's checksum in hex. */
  readonly found: string;
}

/** What `ingestPackage` returns. */
export interface IngestResult {
  /** The folder, as an absolute path. */
  readonly directory: string;
  /** The version as the API described it, without its signed URL. */
  readonly version: AlternativeDistributionPackageVersion;
  readonly manifest: Manifest;
  /** Number of calls made to the API, without those of waiting for a version. Each page of a list is one. */
  readonly apiCalls: number;
  /** In the manifest's order, variants first. */
  readonly assets: readonly IngestedAsset[];
  /**
   * The `fileChecksum`s that do not fit. They are no errors: Apple documents neither what they cover nor how they are
   * computed.
   */
  readonly checksumMismatches: readonly ChecksumMismatch[];
}
