import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { quote } from "./errors.js";
import { orMissing, replaceFile, syncDirectory } from "./folder/disk.js";
import type { Location } from "./folder/location.js";
import type { IngestedAsset } from "./result.js";

/** What `keyBlobFile` holds, as JSON: what a licensing service needs of one package version. */
export interface KeyBlobFile {
  /** The form of this file: 1. */
  format: 1;
  /** The package version's id in the API. */
  versionId: string;
  /** In the manifest's order. */
  assets: KeyBlobEntry[];
}

/** The key blob of one asset. */
export interface KeyBlobEntry {
  /** The asset's id in the API, the manifest's `publicId`. */
  id: string;
  kind: "variant" | "delta";
  /** The asset's path in the package. */
  path: string;
  /** The API's `alternativeDistributionKeyBlob`, base64, unchanged; null where the API gave none. */
  keyBlob: string | null;
}

/**
 * Where the key blob file really goes, which may not be in a folder that will be served or thrown away. Its folder is
 * created where needed, for its owner alone.
 *
 * @throws TypeError if it is in the target or in staging
 */
export async function locateKeyBlobFile(file: string, location: Location): Promise<string> {
  const path = join(await realFolder(dirname(resolve(file))), basename(file));
  for (const folder of [location.directory, location.staging]) {
    const steps = relative(folder, path);
    if (steps === "" || !(steps.startsWith("..") || steps === path)) {
      throw new TypeError(`keyBlobFile: ${quote(file)} is inside ${folder}, which is for served files only`);
    }
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return path;
}

/** The folder's path without links, also where its last parts do not exist yet. */
async function realFolder(folder: string): Promise<string> {
  return (await orMissing(realpath(folder))) ?? join(await realFolder(dirname(folder)), basename(folder));
}

/** Writes the file in one step, readable by its owner alone. */
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
