import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { MAX_MANIFEST_BYTES } from "../package/manifest.js";
import { diskCode } from "./disk.js";

/**
 * Reads a regular file of bounded size; undefined for anything else. Links are not followed, and a pipe does not make
 * it wait.
 */
export async function readSmallFile(path: string, limit = MAX_MANIFEST_BYTES): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR"].includes(diskCode(error) ?? "")) return undefined;
    throw error;
  });
  try {
    const stats = await handle?.stat();
    if (!handle || !stats?.isFile() || stats.size > limit) return undefined;
    return await handle.readFile();
  } finally {
    await handle?.close();
  }
}
