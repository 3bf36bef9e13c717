import { lstat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../errors.js";
import type { StorableAsset } from "../store.js";
import { diskCode, ifExists } from "./disk.js";
import { isLinkable } from "./ownership.js";
import type { FolderPaths } from "./paths.js";

/** Assets that need not be downloaded. */
interface AvailableFiles {
  /** Paths of the assets that are in staging, complete or not. */
  readonly staged: ReadonlySet<string>;
  /** Folders of other packages that may contain the same assets. */
  readonly reuseFolders: readonly string[];
}

/**
 * Checks that the disk has room for the assets. What is in staging needs no room, and neither does what a reuse folder
 * on the same file system seems to have, because that is linked.
 *
 * @throws IngestError with reason `no-space`
 */
export async function checkSpace(
  assets: readonly Pick<StorableAsset, "path" | "bytes">[],
  { staging, package: root }: FolderPaths,
  { staged, reuseFolders }: AvailableFiles,
): Promise<void> {
  // Not the staging folder, whose permissions are stricter than those of the folders for assets.
  const ownFolder = await lstat(root);
  let needed = 0;
  for (const { path, bytes } of assets) {
    let present = staged.has(path) ? Math.min((await lstat(join(root, path))).size, bytes) : 0;
    for (const folder of staged.has(path) ? [] : reuseFolders) {
      const stats = await ifExists(lstat(join(folder, path)));
      if (!stats?.isFile() || stats.size !== bytes || stats.dev !== ownFolder.dev) continue;
      if (isLinkable(stats, ownFolder)) present = bytes;
    }
    needed += bytes - present;
  }
  const free = await freeBytes(staging);
  if (free === undefined || needed <= free) return;
  const message = `${staging}: the package needs ${needed} more bytes, the disk has ${free} bytes free. Make room and run again.`;
  throw new IngestError("no-space", message);
}

/** How many bytes are free where this folder is. Undefined if the file system does not say it. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    // Some FUSE file systems and mounted object stores do not know their size, and report nothing but zeros.
    return blocks === 0 ? undefined : bavail * bsize;
  } catch (error) {
    // Others, and some container sandboxes, refuse this call. Writes still fail on a full disk.
    if (diskCode(error) === undefined) throw error;
    return undefined;
  }
}
