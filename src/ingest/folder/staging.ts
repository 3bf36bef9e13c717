import { lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { IngestError } from "../errors.js";
import { ALL_ASSET_KINDS, ASSET_KINDS } from "../package/asset-kinds.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import type { PackageContent } from "../package/package-content.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import { diskCode, ifExists, syncDirectory, writeSynced } from "./disk.js";
import type { FolderPaths } from "./paths.js";

/**
 * Creates the staging folder, readable by its owner only.
 *
 * @throws IngestError with reason `target` if something else is there
 */
export async function createStaging({ staging }: FolderPaths): Promise<void> {
  await mkdir(staging, { mode: 0o700 }).catch((error: unknown) => {
    if (diskCode(error) !== "EEXIST") throw error;
  });
  if ((await lstat(staging)).isDirectory()) return;
  throw new IngestError(
    "target",
    `${staging} is needed as the staging folder, but is something else. Move it away.`,
  );
}

/** The folders that these assets need, each with the names of its files. */
function groupByFolder(assets: readonly PackageAsset[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const kind of ALL_ASSET_KINDS) {
    const { folder } = ASSET_KINDS[kind];
    const names = assets
      .filter((asset) => asset.kind === kind)
      .map(({ path }) => path.slice(folder.length + 1));
    if (names.length > 0) groups.set(folder, new Set(names));
  }
  return groups;
}

/**
 * Prepares the package folder in staging: writes its manifest and signature, creates the folders for its assets, and
 * deletes everything that an earlier run for another version left there, including links.
 *
 * @returns the paths of the assets that are already there, complete or not
 */
export async function preparePackage(
  { package: root }: FolderPaths,
  { assets, manifestBytes, signatureBytes }: PackageContent,
): Promise<ReadonlySet<string>> {
  const groups = groupByFolder(assets);
  const staged = new Set<string>();
  await mkdir(root, { recursive: true });
  await deleteOthers(root, { files: new Set(), folders: new Set(groups.keys()) });
  for (const [folder, files] of groups) {
    await mkdir(join(root, folder), { recursive: true });
    const kept = await deleteOthers(join(root, folder), { files, folders: new Set() });
    for (const name of kept) staged.add(`${folder}/${name}`);
  }
  await writeSynced(join(root, MANIFEST_FILE), manifestBytes, { flags: "wx" });
  await writeSynced(join(root, SIGNATURE_FILE), signatureBytes, { flags: "wx" });
  return staged;
}

/** Deletes everything in a folder but these names. Returns the names that are left. */
async function deleteOthers(
  path: string,
  { files, folders }: { readonly files: ReadonlySet<string>; readonly folders: ReadonlySet<string> },
): Promise<string[]> {
  const kept: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const isWanted =
      (entry.isFile() && files.has(entry.name)) || (entry.isDirectory() && folders.has(entry.name));
    if (isWanted) kept.push(entry.name);
    else await rm(join(path, entry.name), { recursive: true, force: true });
  }
  return kept;
}

/** Makes the entries of the finished package folder survive a power failure. The files' content already does. */
export async function syncPackage(
  { package: root }: FolderPaths,
  assets: readonly PackageAsset[],
): Promise<void> {
  for (const folder of groupByFolder(assets).keys()) await syncDirectory(join(root, folder));
  await syncDirectory(root);
}

/** Deletes the staging folder, if there is one. */
export async function removeStaging({ staging }: FolderPaths): Promise<void> {
  await ifExists(rm(staging, { recursive: true, force: true }));
}

/** Deletes the staging folder if it is empty, that is, contains nothing that a later run could use. */
export async function removeEmptyStaging({ staging }: FolderPaths): Promise<void> {
  await rmdir(staging).catch(() => undefined);
}
