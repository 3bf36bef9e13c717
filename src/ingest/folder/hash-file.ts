import { open } from "node:fs/promises";
import { ChunkHash } from "../package/digest.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import { readFileRange } from "./read-file-range.js";

/** The digests of an asset's file, one for each chunk that is complete. */
export async function hashFile(
  path: string,
  { algorithm, chunkSize, bytes }: PackageAsset,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const handle = await open(path, "r");
  try {
    const digests: string[] = [];
    const hash = new ChunkHash(algorithm, chunkSize);
    const update = (part: Uint8Array) => hash.update(part, bytes, (_, digest) => digests.push(digest));
    await readFileRange({ fd: handle.fd, start: 0, end: bytes }, update, signal);
    return digests;
  } finally {
    await handle.close();
  }
}
