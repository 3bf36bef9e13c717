import { access, constants, lstat, mkdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { optionError, show } from "../checks.js";
import { ifExists, replaceFile, syncDirectory } from "./folder/disk.js";
import { findPackage, resolveFolder } from "./folder/enclosing-package.js";
import type { IngestSettings } from "./options.js";
import type { AssetKind } from "./package/asset-kinds.js";
import type { IngestedAsset } from "./result.js";
import type { PackageStore, StoreChange, StoreContext } from "./store.js";

/** What is written for the option `keyBlobs`, as JSON: what a licensing service needs of one package version. */
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

/** The file's name in a store. */
const KEY_BLOB_FILE = "key-blobs.json";

/** Whether a path is a folder or below it. */
function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  // On Windows, the relative path between two drives is the absolute path.
  return !(steps === ".." || steps.startsWith(`..${sep}`) || steps === path);
}

/**
 * Finds the real path of the key blob file, and creates its folder, readable by its owner only. The file is written after
 * the download, which may take hours, so a folder that cannot be written to is found now.
 *
 * @throws TypeError if the file is in a package, which is served, or in staging, which is deleted; or if it is a folder
 */
async function resolveFile(name: string, file: string, { folders }: StoreChange): Promise<string> {
  const path = join(await resolveFolder(dirname(resolve(file))), basename(file));
  for (const folder of folders ? [folders.target, folders.staging] : []) {
    if (isInside(path, folder)) throw optionError(name, `a path outside ${folder}`, show(file));
  }
  const other = await findPackage(path);
  if (other !== undefined) throw optionError(name, `a path outside the package ${other}`, show(file));
  if ((await ifExists(lstat(path)))?.isDirectory())
    throw optionError(name, "the path of a file", `${show(file)}, which is a folder`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await access(dirname(path), constants.W_OK | constants.X_OK);
  return path;
}

/** @throws TypeError unless the store can have private files, and is separate from the one that is served */
function checkPrivateStore({ location, writePrivate }: PackageStore, target: StoreChange): void {
  if (!writePrivate) throw optionError("keyBlobs", "a path, or a store for private files", show(location));
  // With a final "/", because packages/1 does not contain packages/10.
  const asFolder = (at: string) => at.replaceAll("\\", "/").replace(/\/*$/, "/");
  const [own, served] = [asFolder(location), asFolder(target.location)] as const;
  if (own.startsWith(served) || served.startsWith(own))
    throw optionError("keyBlobs", `a store outside ${target.location}`, show(location));
}

/** Writes the key blobs of a version's assets. */
type KeyBlobWriter = (versionId: string, assets: readonly IngestedAsset[]) => Promise<void>;

function keyBlobText(versionId: string, assets: readonly IngestedAsset[]): string {
  const entries = assets.map(({ id, kind, path, keyBlob = null }) => ({ id, kind, path, keyBlob }));
  const content: KeyBlobFile = { format: 1, versionId, assets: entries };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Prepares the place for the key blobs, and returns what writes them there, in one step.
 *
 * @throws TypeError if they would be served with the package
 */
export async function resolveKeyBlobs(
  { keyBlobs, keyBlobFile }: IngestSettings,
  target: StoreChange,
  context: StoreContext,
): Promise<KeyBlobWriter> {
  if (keyBlobs === undefined) return async () => undefined;
  if (typeof keyBlobs !== "string") {
    checkPrivateStore(keyBlobs, target);
    return async (...content) =>
      keyBlobs.writePrivate?.(KEY_BLOB_FILE, Buffer.from(keyBlobText(...content)), context);
  }
  const path = await resolveFile(keyBlobFile === undefined ? "keyBlobs" : "keyBlobFile", keyBlobs, target);
  return async (...content) => {
    await replaceFile(path, keyBlobText(...content), 0o600);
    await syncDirectory(dirname(path));
  };
}
