import type { Stats } from "node:fs";
import { lstat, mkdtemp, rmdir } from "node:fs/promises";

/** The permission of users who are neither the owner nor in the group to write. */
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
const GROUP_OR_OTHERS_WRITE = GROUP_WRITE | OTHERS_WRITE;

/** What the file system shows of the files that this process creates. */
export interface OwnFiles {
  readonly uid: number;
  /** The write permissions that a folder created with mode 0700 has beyond that. */
  readonly looseBits: number;
}

/** The user of this process. Undefined on Windows, where owner and mode say nothing. */
function currentUid(): number | undefined {
  return process.geteuid?.();
}

/** Whether every user of the machine may create files in a folder, as in the system's folder for temporary files. */
export function isShared(folder: Stats): boolean {
  return currentUid() !== undefined && (folder.mode & OTHERS_WRITE) !== 0;
}

/** Whether a file or folder belongs to the user of this process. Always true on Windows. */
export function isOwn({ uid }: Stats, own: OwnFiles): boolean {
  return currentUid() === undefined || uid === own.uid;
}

/** Whether a file is safe to hard-link into our own folder: nobody can change it who could not change a new file there. */
export function isLinkable(file: Stats, ownFolder: Stats): boolean {
  if (currentUid() === undefined) return true;
  if (file.uid !== ownFolder.uid || isShared(file)) return false;
  // With a umask of 002, the folder's group can change new files.
  const groupWrites = (file.mode & GROUP_WRITE) !== 0;
  return !groupWrites || (file.gid === ownFolder.gid && (ownFolder.mode & GROUP_WRITE) !== 0);
}

/**
 * Why another user may have put something into this folder, or may do so later. Undefined if only the user of this
 * process can.
 */
export function accessProblem({ uid, mode }: Stats, own: OwnFiles): string | undefined {
  if (currentUid() === undefined) return undefined;
  if (uid !== own.uid) return `belongs to another user (uid ${uid}, this process has ${own.uid})`;
  const looseBits = mode & GROUP_OR_OTHERS_WRITE & ~own.looseBits;
  const shown = (mode & 0o777).toString(8).padStart(4, "0");
  return looseBits === 0 ? undefined : `can be changed by other users (mode ${shown})`;
}

/** What own files look like on a file system that shows owners and modes. */
export function usualOwnFiles(): OwnFiles {
  return { uid: currentUid() ?? 0, looseBits: 0 };
}

/**
 * What own files look like, found out with a new folder that is deleted at once. Network shares and volumes of virtual
 * machines may show one owner and one mode for all files: there, they prove nothing, and must not stop an ingest.
 *
 * @param prefix the new folder's path without its random last characters
 */
export async function probeOwnFiles(prefix: string): Promise<OwnFiles> {
  const path = await mkdtemp(prefix).catch(() => undefined);
  if (path === undefined) return usualOwnFiles();
  try {
    const { uid, mode } = await lstat(path);
    return { uid, looseBits: mode & GROUP_OR_OTHERS_WRITE };
  } finally {
    await rmdir(path);
  }
}
