import { lstat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../errors.js";
import type { Asset } from "../package/manifest.js";
import { orMissing } from "./disk.js";
import type { Location } from "./location.js";

/**
 * Refuses to begin what the disk cannot hold. Counts as present the `kept` files in staging, and what a donor folder
 * on the same file system seems to have: such files are linked.
 *
 * @throws IngestError with reason `no-space`
 */
export async function checkSpace(
  assets: readonly Asset[],
  { staging, package: folder }: Location,
  kept: ReadonlySet<string>,
  donors: readonly string[],
): Promise<void> {
  const { dev } = await lstat(staging);
  let needed = 0;
  for (const { path, bytes } of assets) {
    let present = kept.has(path) ? Math.min((await lstat(join(folder, path))).size, bytes) : 0;
    for (const donor of kept.has(path) ? [] : donors) {
      const stats = await orMissing(lstat(join(donor, path)));
      if (stats?.isFile() && stats.size === bytes && stats.dev === dev) present = bytes;
    }
    needed += bytes - present;
  }
  const { bavail, bsize } = await statfs(staging);
  const free = bavail * bsize;
  if (needed <= free) return;
  const message = `${staging}: the package needs ${needed} more bytes, the disk has ${free} free. Make room and run again.`;
  throw new IngestError("no-space", message);
}
