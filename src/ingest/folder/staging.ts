import { lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { IngestError } from "../errors.js";
import { ALL_ASSET_KINDS, ASSET_KINDS } from "../package/asset-kinds.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import type { PackageFiles } from "../store.js";
import { diskCode, ifExists, syncDirectory, writeSynced } from "./disk.js";
import { accessProblem, isOwn, isShared, type OwnFiles, probeOwnFiles, usualOwnFiles } from "./ownership.js";
import type { FolderPaths } from "./paths.js";

function refuse(path: string, problem: string): never {
  const advice = "Nothing in it was used or changed. Look at it, then move it away and run again.";
  throw new IngestError("target", `${path} is needed for staging, but it ${problem}. ${advice}`);
}

/** The staging folder that a run uses, once it is known that no other user can change anything in it. */
export interface Staging {
  readonly path: string;
  /** Identify the folder, so that one that was put in its place is noticed. */
  readonly dev: bigint;
  readonly ino: bigint;
  readonly own: OwnFiles;
}

/**
 * Creates the staging folder, readable by its owner only, or takes the one that an earlier run left. In a folder that
 * several users share, anybody can create it before we do, with planted files and links in it. So nothing in it is used
 * before it is known that it is a real folder that no other user can write to.
 *
 * @throws IngestError with reason `target` if another user may have changed it, or something else is in its place
 */
export async function openStaging(paths: FolderPaths): Promise<Staging> {
  await mkdir(paths.staging, { mode: 0o700 }).catch((error: unknown) => {
    if (diskCode(error) !== "EEXIST") throw error;
  });
  return (await findStaging(paths)) ?? openStaging(paths);
}

/** The staging folder, if there is one. Throws as {@link openStaging} does. */
export async function findStaging(paths: FolderPaths): Promise<Staging | undefined> {
  const { staging: path } = paths;
  const stats = await ifExists(lstat(path));
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) refuse(path, "is not a folder");
  let own = usualOwnFiles();
  if (accessProblem(stats, own) !== undefined) own = await probeOwnFiles(`${path}-`);
  const problem = accessProblem(stats, own);
  if (problem !== undefined) refuse(path, problem);
  await checkEntries(paths, own);
  const { dev, ino } = await lstat(path, { bigint: true });
  return { path, dev, ino, own };
}

/** Checks that what staging contains is real folders and files of our own, not links to somewhere else. */
async function checkEntries(paths: FolderPaths, own: OwnFiles): Promise<void> {
  for (const folder of [paths.package, ...assetFolders(paths.package), paths.replaced, paths.removed]) {
    const stats = await ifExists(lstat(folder));
    if (stats && !stats.isDirectory()) {
      // Links in the package folder are deleted, like everything that is not part of the package.
      if (dirname(folder) === paths.package) continue;
      refuse(folder, "is not a folder");
    }
    if (stats && !isOwn(stats, own) && !(await isEarlierPackage(folder, paths))) {
      refuse(folder, `belongs to another user (uid ${stats.uid})`);
    }
  }
  for (const file of [paths.zip, paths.state]) {
    const stats = await ifExists(lstat(file));
    if (stats && !stats.isFile()) refuse(file, "is not a file");
    if (stats && !isOwn(stats, own)) refuse(file, `belongs to another user (uid ${stats.uid})`);
  }
}

/** Whether this is a package that was moved out of the target, where a folder of another user may be. */
async function isEarlierPackage(
  folder: string,
  { replaced, removed, parent }: FolderPaths,
): Promise<boolean> {
  return (folder === replaced || folder === removed) && !isShared(await lstat(parent));
}

/**
 * Checks that the staging folder is still the one that this run opened.
 *
 * @throws IngestError with reason `target`
 */
export async function checkStaging({ path, dev, ino }: Staging): Promise<void> {
  const stats = await ifExists(lstat(path, { bigint: true }));
  if (stats?.isDirectory() && stats.dev === dev && stats.ino === ino) return;
  const message = `${path} was moved, deleted or replaced while the ingest used it. Find out by whom, then run again.`;
  throw new IngestError("target", message);
}

function assetFolders(root: string): string[] {
  return ALL_ASSET_KINDS.map((kind) => join(root, ASSET_KINDS[kind].folder));
}

/** The folders that assets with these paths need, each with the names of its files. */
function groupByFolder(paths: readonly string[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const path of paths) {
    const [folder = "", name = ""] = path.split("/");
    const names = groups.get(folder);
    if (names) names.add(name);
    else groups.set(folder, new Set([name]));
  }
  return groups;
}

/** What the package folder in staging contains after {@link preparePackage}. */
interface StagedPackage {
  /** The names of its folders. */
  readonly folders: readonly string[];
  /** The paths of the assets that are already there, complete or not. */
  readonly staged: ReadonlySet<string>;
}

/**
 * Prepares the package folder in staging: writes its manifest and signature, creates the folders for its assets, and
 * deletes everything that an earlier run for another version left there, including links.
 */
export async function preparePackage(
  { package: root }: FolderPaths,
  { own }: Staging,
  { manifest, signature }: PackageFiles,
  paths: readonly string[],
): Promise<StagedPackage> {
  const groups = groupByFolder(paths);
  const staged = new Set<string>();
  await mkdir(root, { recursive: true });
  await deleteOthers(root, { files: new Set(), folders: new Set(groups.keys()), own });
  for (const [folder, files] of groups) {
    await mkdir(join(root, folder), { recursive: true });
    const kept = await deleteOthers(join(root, folder), { files, folders: new Set(), own });
    for (const name of kept) staged.add(`${folder}/${name}`);
  }
  await writeSynced(join(root, MANIFEST_FILE), manifest, { flags: "wx" });
  await writeSynced(join(root, SIGNATURE_FILE), signature, { flags: "wx" });
  return { folders: [...groups.keys()], staged };
}

interface Wanted {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly own: OwnFiles;
}

/** Deletes everything in a folder but these names, and files of other users. Returns the names that are left. */
async function deleteOthers(path: string, { files, folders, own }: Wanted): Promise<string[]> {
  const kept: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const isWanted =
      (entry.isFile() && files.has(entry.name) && isOwn(await lstat(join(path, entry.name)), own)) ||
      (entry.isDirectory() && folders.has(entry.name));
    if (isWanted) kept.push(entry.name);
    else await rm(join(path, entry.name), { recursive: true, force: true });
  }
  return kept;
}

/** Makes the entries of the finished package folder survive a power failure. The files' content already does. */
export async function syncPackage(
  { package: root }: FolderPaths,
  staging: Staging,
  folders: readonly string[],
): Promise<void> {
  await checkStaging(staging);
  for (const folder of folders) await syncDirectory(join(root, folder));
  await syncDirectory(root);
}

export async function removeStaging(staging: Staging): Promise<void> {
  await checkStaging(staging);
  await ifExists(rm(staging.path, { recursive: true, force: true }));
}

/** Deletes the staging folder if it is ours and empty, that is, contains nothing that a later run could use. */
export async function removeEmptyStaging(paths: FolderPaths): Promise<void> {
  const staging = await findStaging(paths).catch(() => undefined);
  if (staging) await rmdir(staging.path).catch(() => undefined);
}
