import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { diskCode } from "./disk.js";

/**
 * Reads a regular file of at most `maxBytes`; undefined for anything else. Does not follow links, and does not wait for
 * a pipe.
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO", "EISDIR"].includes(diskCode(error) ?? "")) return undefined;
    throw error;
  });
  try {
    const stats = await handle?.stat();
    if (!handle || !stats?.isFile() || stats.size > maxBytes) return undefined;
    return await handle.readFile();
  } finally {
    await handle?.close();
  }
}
