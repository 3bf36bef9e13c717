import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import type { Manifest } from "./package/manifest.js";

/** One file of an ingested package. */
export interface IngestedAsset {
  /** The asset's id in the API, the manifest's `publicId`. */
  id: string;
  kind: "variant" | "delta";
  /** Its path in the folder. */
  path: string;
  bytes: number;
  /** For the licensing service: the API's `alternativeDistributionKeyBlob`, base64; undefined where it gave none. */
  keyBlob: string | undefined;
  /** Whether it was taken from an earlier folder, or stood in the target already. */
  reused: boolean;
}

/** A `fileChecksum` of the API that the bytes do not have, though the manifest's digests all fit. */
export interface ChecksumMismatch {
  /** The id of the asset, or of the version where it is the package zip's. */
  id: string;
  /** The asset's path, or `package.zip`. */
  path: string;
  /** Told by the checksum's form. */
  algorithm: string;
  /** The API's checksum in hex. */
  expected: string;
  /** The file's, in hex. */
  found: string;
}

/** What `ingestPackage` gives. */
export interface IngestResult {
  /** The folder, as an absolute path. */
  directory: string;
  /** The version as the API described it, without its signed URL. */
  version: AlternativeDistributionPackageVersion;
  manifest: Manifest;
  /** Calls made to the API; a page of a list is one. */
  apiCalls: number;
  /** In the manifest's order, variants first. */
  assets: IngestedAsset[];
  /**
   * `fileChecksum`s that do not fit. Apple documents neither what they cover nor how they are made, so this is news,
   * not an error.
   */
  checksumMismatches: ChecksumMismatch[];
}

/** A version fit to be printed: its signed URL is a secret while it lives. */
export function withoutUrl(
  version: AlternativeDistributionPackageVersion,
): AlternativeDistributionPackageVersion {
  const { url, ...attributes } = version.attributes ?? {};
  return { ...version, attributes };
}
