import { createReadStream, createWriteStream } from "node:fs";
import { link, lstat, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Asset } from "../package/manifest.js";
import { diskCode, orMissing } from "./disk.js";

/**
 * Puts an asset of the same path and size from one of the folders in place, by hard link or else as a copy; its
 * digests are for the caller to check. Tells whether it did: what is in place already stays.
 */
export async function takeOver(
  asset: Asset,
  folders: readonly string[],
  file: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (const folder of folders) {
    const donor = join(folder, asset.path);
    if (!(await orMissing(lstat(dirname(donor))))?.isDirectory()) continue;
    const stats = await orMissing(lstat(donor));
    if (!stats?.isFile() || stats.size !== asset.bytes) continue;
    if (!(await linkOrCopy(donor, file, signal))) return false;
    // What was linked may be something else by now than what was looked at.
    if ((await lstat(file)).isFile()) return true;
    await rm(file);
  }
  return false;
}

// Another file system, one without hard links, too many links, or not allowed to link: a copy will do.
const NO_LINK = ["EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** False if the file is there already. */
async function linkOrCopy(from: string, to: string, signal: AbortSignal): Promise<boolean> {
  try {
    await link(from, to).catch((error: unknown) => {
      if (!NO_LINK.includes(diskCode(error) ?? "")) throw error;
      return pipeline(createReadStream(from), createWriteStream(to, { flags: "wx" }), { signal });
    });
    return true;
  } catch (error) {
    if (diskCode(error) === "EEXIST") return false;
    throw error;
  }
}
