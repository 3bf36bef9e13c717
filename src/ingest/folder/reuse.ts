import { createReadStream, createWriteStream } from "node:fs";
import { link, lstat, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { StorableAsset } from "../store.js";
import { diskCode, ifExists } from "./disk.js";
import { isLinkable } from "./ownership.js";

// Another file system, one without hard links, too many links, or no permission to link.
const CANNOT_LINK = ["EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** A file of another package. */
interface ReuseSource {
  readonly path: string;
  /** False if another user could change the file after its digests were checked. */
  readonly isLinkable: boolean;
}

/** Creates `to` with the content of the source, unless `to` exists, or the source is gone. */
async function linkOrCopy(
  source: ReuseSource,
  to: string,
  signal: AbortSignal,
): Promise<"created" | "exists" | "gone"> {
  const from = source.path;
  const copy = () => pipeline(createReadStream(from), createWriteStream(to, { flags: "wx" }), { signal });
  try {
    if (!source.isLinkable) await copy();
    else {
      await link(from, to).catch((error: unknown) => {
        if (!CANNOT_LINK.includes(diskCode(error) ?? "")) throw error;
        return copy();
      });
    }
    return "created";
  } catch (error) {
    const code = diskCode(error);
    if (code === "EEXIST") return "exists";
    if (code === "ENOENT" || code === "ENOTDIR") return "gone";
    throw error;
  }
}

/**
 * Looks in the folders for an asset of the same path and size, and puts it at `destination` as a hard link or a copy.
 * The caller has to check its digests. A file that exists at `destination` is left as it is.
 *
 * @returns whether it put a file there
 */
export async function reuseFile(
  asset: Pick<StorableAsset, "path" | "bytes">,
  folders: readonly string[],
  destination: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (const folder of folders) {
    const source = join(folder, asset.path);
    if (!(await ifExists(lstat(dirname(source))))?.isDirectory()) continue;
    const stats = await ifExists(lstat(source));
    if (!stats?.isFile() || stats.size !== asset.bytes) continue;
    const ownFolder = await lstat(dirname(destination));
    const found = { path: source, isLinkable: isLinkable(stats, ownFolder) };
    const outcome = await linkOrCopy(found, destination, signal);
    if (outcome === "exists") return false;
    if (outcome === "gone") continue;
    // The source may have been replaced, for example by a symbolic link, after it was checked.
    if ((await lstat(destination)).isFile()) return true;
    await rm(destination);
  }
  return false;
}
