import { digestAlgorithm, readChecksum } from "./digest.js";
import type { PackageAsset } from "./parse-manifest.js";

/**
 * What proves that an asset has the right bytes, the first of these that exists:
 *
 * - `chunks`: the manifest's digests of its chunks.
 * - `hash2`: the SHA-256 in a valid signature.
 * - `fileChecksum`: the API's checksum, in an ingest only. It has to be SHA-256 or stronger.
 */
export type CheckedBy = "chunks" | "hash2" | "fileChecksum";

/** An asset whose bytes can be checked: `digests` has a digest for each chunk. */
export interface CheckableAsset extends PackageAsset {
  readonly checkedBy: CheckedBy;
  /** The SHA-256 of the whole file in a valid signature, in lower-case hex. */
  readonly hash2: string | undefined;
}

/** A checksum that the file does not have, although the bytes are proven to be right. */
export interface ChecksumMismatch {
  /** The id of the asset, or of the version if it is the package zip's checksum. */
  readonly id: string;
  /** The asset's path, or `package.zip`. */
  readonly path: string;
  /** Whose checksum it is: the API's `fileChecksum`, or `hash2` in the signature. */
  readonly source: "fileChecksum" | "hash2";
  /** As the checksum's length shows: `md5`, `sha1`, `sha256`, `sha384` or `sha512`. */
  readonly algorithm: string;
  /** The checksum in hex. */
  readonly expected: string;
  /** The file's checksum in hex. */
  readonly found: string;
}

/**
 * The asset with the digests that prove its bytes, or undefined if nothing proves them. A digest of the whole file makes
 * it an asset of one chunk.
 */
export function findProof(
  asset: PackageAsset,
  hash2: string | undefined,
  fileChecksum?: string,
): CheckableAsset | undefined {
  if (asset.digests.length > 0) return { ...asset, checkedBy: "chunks", hash2 };
  const whole = { ...asset, chunkSize: asset.bytes, hash2 };
  if (hash2 !== undefined) return { ...whole, algorithm: "sha256", digests: [hash2], checkedBy: "hash2" };
  const checksum = readChecksum(fileChecksum);
  const algorithm = checksum && digestAlgorithm(checksum.algorithm);
  return algorithm && { ...whole, algorithm, digests: [checksum.hex], checkedBy: "fileChecksum" };
}
