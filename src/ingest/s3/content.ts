import { createHash } from "node:crypto";
import type { StorableAsset } from "../store.js";
import type { ObjectInfo } from "./objects.js";

/** An asset's content, as the caller expects it. */
export type ExpectedContent = Omit<StorableAsset, "path">;

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
