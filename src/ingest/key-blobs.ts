import { access, constants, mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { optionError, show } from "../checks.js";
import { ifExists, replaceFile, syncDirectory } from "./folder/disk.js";
import type { FolderPaths } from "./folder/paths.js";
import type { AssetKind } from "./package/asset-kinds.js";
import type { IngestedAsset } from "./result.js";

/** What `keyBlobFile` contains, as JSON: what a licensing service needs of one package version. */
export interface KeyBlobFile {
  /** The version of this file format. */
  readonly format: 1;
  /** The package version's id in the API. */
  readonly versionId: string;
  /** In the manifest's order. */
  readonly assets: readonly KeyBlobEntry[];
}

/** The key blob of one asset. */
export interface KeyBlobEntry {
  /** The asset's id in the API, which is the manifest's `publicId`. */
  readonly id: string;
  readonly kind: AssetKind;
  /** The asset's path in the package. */
  readonly path: string;
  /** The API's `alternativeDistributionKeyBlob`, base64, unchanged. Null if the API gave none. */
  readonly keyBlob: string | null;
}

/** Whether a path is a folder or below it. */
function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  // On Windows, the relative path between two drives is the absolute path.
  return !(steps === ".." || steps.startsWith(`..${sep}`) || steps === path);
}

/** The folder's path without symbolic links, also if its last parts do not exist yet. */
async function resolveFolder(folder: string): Promise<string> {
  const existing = await ifExists(realpath(folder));
  return existing ?? join(await resolveFolder(dirname(folder)), basename(folder));
}

/**
 * Finds the real path of the key blob file, and creates its folder, readable by its owner only. The file is written after
 * the download, which may take hours, so what would prevent that is found now.
 *
 * @throws TypeError if the file is in the target, which is served, or in staging, which is deleted
 */
export async function resolveKeyBlobFile(file: string, paths: FolderPaths): Promise<string> {
  const path = join(await resolveFolder(dirname(resolve(file))), basename(file));
  for (const folder of [paths.directory, paths.staging]) {
    if (isInside(path, folder)) throw optionError("keyBlobFile", `a path outside ${folder}`, show(file));
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await access(dirname(path), constants.W_OK | constants.X_OK);
  return path;
}

/** Writes the file in one step, readable by its owner only. */
export async function writeKeyBlobs(
  path: string,
  versionId: string,
  assets: readonly IngestedAsset[],
): Promise<void> {
  const entries = assets.map(({ id, kind, path, keyBlob = null }) => ({ id, kind, path, keyBlob }));
  const content: KeyBlobFile = { format: 1, versionId, assets: entries };
  await replaceFile(path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  await syncDirectory(dirname(path));
}
