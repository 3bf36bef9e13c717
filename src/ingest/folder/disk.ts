import { open, rename, rm } from "node:fs/promises";
import { IngestError } from "../errors.js";

/** The code of a file system error ("ENOENT"), or undefined for anything else. */
export function diskCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Runs a file system call; gives undefined where the file, or a folder on the way to it, does not exist. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const code = diskCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

const EXPLANATIONS: Record<string, string> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EBUSY: "it is in use or a mount point",
};

/** A file system error as an IngestError that says what to do; any other error as it is. */
export function explainDiskError(error: unknown, staging: string): unknown {
  const code = diskCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const full = code === "ENOSPC" || code === "EDQUOT";
  const path = "path" in error && typeof error.path === "string" ? error.path : staging;
  const what = EXPLANATIONS[code] ?? "the file system refused";
  const message = `${path}: ${what} (${code}). What was downloaded stays in ${staging}; mend this and run again.`;
  return new IngestError(full ? "no-space" : "disk", message, { cause: error });
}

/** Makes renames and new entries in a folder last through a power cut, where the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network and FUSE file systems know no fsync for folders: nothing more can be done there.
    if (diskCode(error) !== "EINVAL" && diskCode(error) !== "ENOTSUP") throw error;
  } finally {
    await handle.close();
  }
}

/** Writes a whole file that is on the disk when this returns. */
export async function writeSynced(
  path: string,
  content: string | Uint8Array,
  flags = "w",
  mode = 0o666,
): Promise<void> {
  const handle = await open(path, flags, mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file in one step: a reader sees the old content or the new, a kill leaves one of them. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const temporary = `${path}.partial`;
  await rm(temporary, { force: true });
  // "wx" creates the file anew, so that neither a link nor wider permissions can wait there for the content.
  await writeSynced(temporary, content, "wx", mode);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
