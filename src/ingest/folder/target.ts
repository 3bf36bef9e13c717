import type { Stats } from "node:fs";
import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { show } from "../../checks.js";
import { IngestError } from "../errors.js";
import { MANIFEST_FILE, SIGNATURE_FILE, TOP_LEVEL_NAMES } from "../package/layout.js";
import { MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES } from "../package/limits.js";
import { exists, ifExists, syncDirectory } from "./disk.js";
import { listPaths } from "./list-paths.js";
import { isMountPoint } from "./mount.js";
import { isOwn, isShared, probeOwnFiles, usualOwnFiles } from "./ownership.js";
import type { FolderPaths } from "./paths.js";
import { readSmallFile } from "./small-file.js";
import { checkStaging, type Staging } from "./staging.js";

/** The package folder that is at the target, complete or damaged. */
export interface ExistingPackage {
  /** The content of its two small files, if they can be read. */
  readonly manifestBytes: Buffer | undefined;
  readonly signatureBytes: Buffer | undefined;
  /** The paths of everything in it. */
  readonly paths: ReadonlySet<string>;
}

function refuse(directory: string, problem: string): never {
  const advice = "choose another directory or move it away";
  throw new IngestError("target", `${directory} ${problem}. It was left as it is: ${advice}.`);
}

/** Refuses anything but a package folder or an empty folder. Returns undefined if there is nothing. */
async function checkPackageFolder(directory: string): Promise<Stats | undefined> {
  const stats = await ifExists(lstat(directory));
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) refuse(directory, "is a symbolic link, not a folder");
  if (!stats.isDirectory()) refuse(directory, "is not a folder");
  const foreign = (await readdir(directory)).find((name) => !TOP_LEVEL_NAMES.includes(name));
  if (foreign !== undefined) refuse(directory, `contains ${show(foreign)}, which is not part of a package`);
  return stats;
}

/** Refuses a folder that cannot be renamed, or that another user may change at any time. */
async function checkPlace({ directory, parent, staging }: FolderPaths, stats: Stats): Promise<void> {
  const folders = [directory];
  for (const name of await readdir(directory)) {
    if ((await lstat(join(directory, name))).isDirectory()) folders.push(join(directory, name));
  }
  for (const folder of folders) {
    if (!(await isMountPoint(folder))) continue;
    const problem = "is a mount point, which cannot be replaced in one step";
    const advice = `It was left as it is: choose a folder below it, such as ${join(folder, "package")}`;
    throw new IngestError("target", `${folder} ${problem}. ${advice}.`);
  }
  if (!isShared(await lstat(parent)) || isOwn(stats, usualOwnFiles())) return;
  if (!isOwn(stats, await probeOwnFiles(`${staging}-`))) {
    refuse(directory, `belongs to another user (uid ${stats.uid}), in a folder that all users can write to`);
  }
}

/**
 * Looks at what is at the target. Undefined if there is nothing.
 *
 * @throws IngestError with reason `target` if it is neither a package folder nor an empty folder, is a mount point, or
 * belongs to another user in a folder that all users share
 */
export async function inspectTarget(paths: FolderPaths): Promise<ExistingPackage | undefined> {
  const { directory } = paths;
  const stats = await checkPackageFolder(directory);
  if (stats === undefined) return undefined;
  await checkPlace(paths, stats);
  const manifestBytes = await readSmallFile(join(directory, MANIFEST_FILE), MAX_MANIFEST_BYTES);
  const signatureBytes = await readSmallFile(join(directory, SIGNATURE_FILE), MAX_SIGNATURE_BYTES);
  return { manifestBytes, signatureBytes, paths: await listPaths(directory) };
}

/** Repairs the target if an earlier run was killed between the two renames of {@link replaceTarget}. */
export async function recoverTarget(paths: FolderPaths): Promise<void> {
  const { directory, replaced, removed, parent } = paths;
  // A run that was killed right after it moved a folder here had not checked yet whether something was added to it.
  if (await checkPackageFolder(removed)) await rm(removed, { recursive: true, force: true });
  if (!(await checkPackageFolder(replaced))) return;
  if (await exists(directory)) {
    // The new package is not in staging any more once it is at the target.
    if (await exists(paths.package)) refuseBoth(paths);
    await rm(replaced, { recursive: true, force: true });
  } else {
    // The earlier package is served again while the new one is checked once more.
    await rename(replaced, directory);
    await syncDirectory(parent);
  }
}

/** Refuses to choose between the earlier package, which is in staging, and what another program put in its place. */
function refuseBoth({ directory, replaced }: FolderPaths): never {
  const problem = `another program created it while the earlier package was being replaced, which is now in ${replaced}`;
  const advice = "Nothing was deleted: move one of the two away, and run again";
  throw new IngestError("target", `${directory}: ${problem}. ${advice}.`);
}

/** What a run found when it began. */
interface Replacement {
  readonly staging: Staging;
  readonly existing: ExistingPackage | undefined;
}

/**
 * Replaces the target by the finished package folder in staging. There is no target for a moment between two renames,
 * which no portable system call avoids. There is never an incomplete one.
 *
 * A download may take hours. So the target is inspected again, and what was added to it meanwhile is not deleted.
 *
 * @throws IngestError as {@link checkTarget} does
 */
export async function replaceTarget(paths: FolderPaths, replacement: Replacement): Promise<void> {
  const { directory, replaced, parent } = paths;
  const { staging, existing } = replacement;
  await checkTarget(paths, replacement);
  const wasMoved = await ifExists(rename(directory, replaced).then(() => true));
  try {
    // Checked again where nobody else looks for it: something may have been added since the check above.
    if (wasMoved) await checkUnchanged(replaced, directory, existing);
    await rename(paths.package, directory);
  } catch (error) {
    if (wasMoved && (await exists(directory))) refuseBoth(paths);
    if (wasMoved) await rename(replaced, directory);
    throw error;
  }
  await syncDirectory(parent);
  await syncDirectory(staging.path);
}

/**
 * Inspects the target again, some time after the run began.
 *
 * @throws IngestError with reason `target` if something was added, or another user replaced the staging folder
 */
export async function checkTarget(
  { directory }: FolderPaths,
  { staging, existing }: Replacement,
): Promise<void> {
  await checkStaging(staging);
  if (await checkPackageFolder(directory)) await checkUnchanged(directory, directory, existing);
}

/** Refuses to replace a folder that is not the one that was there when the run began. */
async function checkUnchanged(
  folder: string,
  directory: string,
  existing: ExistingPackage | undefined,
): Promise<void> {
  const refuseChange = (problem: string): never => {
    const advice =
      "Move away what does not belong to the package, and run again: nothing is downloaded twice";
    throw new IngestError(
      "target",
      `${directory}: ${problem} while the ingest ran. It was left as it is. ${advice}.`,
    );
  };
  for (const path of await listPaths(folder)) {
    const isNew = !existing?.paths.has(path) && !path.endsWith("/");
    if (isNew) refuseChange(`${show(path)} was added to it`);
  }
  const manifestBytes = await readSmallFile(join(folder, MANIFEST_FILE), MAX_MANIFEST_BYTES);
  if (manifestBytes && !existing?.manifestBytes?.equals(manifestBytes))
    refuseChange("its manifest was changed");
}

/**
 * Moves the target into staging in one step, where it can be deleted file by file.
 *
 * @throws IngestError with reason `target` if it is not a package any more
 */
export async function moveTargetToStaging({ directory, removed, parent }: FolderPaths): Promise<void> {
  await rename(directory, removed);
  try {
    await checkPackageFolder(removed);
  } catch (error) {
    await rename(removed, directory);
    throw error;
  }
  await syncDirectory(parent);
}
