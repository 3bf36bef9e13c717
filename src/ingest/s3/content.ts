import { createHash } from "node:crypto";
import type { DigestAlgorithm } from "../package/digest.js";
import type { ObjectInfo } from "./objects.js";

/** An asset's content, as the caller expects it. */
export interface ExpectedContent {
  /** Size of the file. */
  readonly bytes: number;
  readonly algorithm: DigestAlgorithm;
  /** Bytes of a chunk; `bytes` or more if there is one digest for the whole file. */
  readonly chunkSize: number;
  /** One digest for each chunk, in lower-case hex. */
  readonly digests: readonly string[];
}

/**
 * One short text for all digests of an asset: a thousand digests do not fit into an object's metadata. Two contents with
 * the same fingerprint are the same content.
 */
export function fingerprintOf({ bytes, algorithm, chunkSize, digests }: ExpectedContent): string {
  const text = JSON.stringify([algorithm, chunkSize, bytes, digests]);
  return createHash("sha256").update(text).digest("hex");
}

/** The metadata name under which an asset's fingerprint is stored. It is stored for checked content only. */
export const FINGERPRINT = "adp-fingerprint";

/** What is stored with an asset. An asset's path never gets another content, so caches may keep it for a year. */
export function assetInfo(fingerprint: string): ObjectInfo {
  return {
    contentType: "application/octet-stream",
    cacheControl: "public, max-age=31536000, immutable",
    metadata: { [FINGERPRINT]: fingerprint },
  };
}
