import { stat } from "node:fs/promises";
import { ifExists } from "./disk.js";

/**
 * Tells a folder from another one in its place: who replaces a package puts another folder there, maybe while the first is
 * read. `undefined` if there is no folder. On some network file systems it is another one at each look.
 */
export async function folderIdentity(folder: string): Promise<string | undefined> {
  const stats = await ifExists(stat(folder, { bigint: true }));
  // A new folder may get the inode of one that was deleted.
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}:${stats.birthtimeNs}` : undefined;
}
