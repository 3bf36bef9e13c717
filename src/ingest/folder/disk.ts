import { lstat, open, rename, rm } from "node:fs/promises";
import { isObject } from "../../json.js";
import { IngestError } from "../errors.js";

/** The code of a file system error ("ENOENT"), or undefined for any other error. */
export function diskCode(error: unknown): string | undefined {
  // By its properties: where tests run in a realm of their own (jest), Node's errors are not instances of its Error.
  if (typeof error !== "object" || error === null || !("code" in error) || !("syscall" in error))
    return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The result of a file system call, or undefined if the file or a folder on its path does not exist. */
export async function ifExists<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const code = diskCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Whether there is anything at a path. A broken link counts. */
export async function exists(path: string): Promise<boolean> {
  return (await ifExists(lstat(path))) !== undefined;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EBUSY: "it is in use or a mount point",
  EXDEV: "it is a mount point, or a part of a container's image, and cannot be renamed",
};

/**
 * A file system error as an IngestError that says what to do. Any other error is returned as it is.
 *
 * @param staging the staging folder; undefined if nothing is in it
 */
export function explainDiskError(error: unknown, staging: string | undefined): unknown {
  const code = diskCode(error);
  if (code === undefined) return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const place = isObject(error) && typeof error.path === "string" ? error.path : staging;
  const problem = EXPLANATIONS[code] ?? "the file system reported an error";
  const advice =
    staging === undefined
      ? "Fix this and run again"
      : `What was downloaded stays in ${staging}: fix this and run again`;
  const message = `${place === undefined ? "" : `${place}: `}${problem} (${code}). ${advice}.`;
  return new IngestError(isFull ? "no-space" : "disk", message, { cause: error });
}

/** {@link explainDiskError} for a staging folder that may not be there. */
export async function explainStagingError(error: unknown, staging: string | undefined): Promise<unknown> {
  const isStaged = staging !== undefined && (await exists(staging).catch(() => false));
  return explainDiskError(error, isStaged ? staging : undefined);
}

/** Makes renames and new entries in a folder survive a power failure, if the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems have no fsync for folders.
    if (diskCode(error) !== "EINVAL" && diskCode(error) !== "ENOTSUP") throw error;
  } finally {
    await handle.close();
  }
}

/** Writes a whole file. It survives a power failure once this returns. */
export async function writeSynced(
  path: string,
  content: string | Uint8Array,
  { flags = "w", mode = 0o666 }: { readonly flags?: string; readonly mode?: number } = {},
): Promise<void> {
  const handle = await open(path, flags, mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file in one step: readers see the old or the new content, also if the process is killed. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.partial`;
  await rm(temporary, { force: true });
  // "wx" fails if there is a file or link, which might have other permissions or lead elsewhere.
  await writeSynced(temporary, content, { flags: "wx", mode });
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
