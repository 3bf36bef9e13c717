import { ALL_ASSET_KINDS, ASSET_KINDS, type AssetKind } from "./asset-kinds.js";
import { pathProblem } from "./names.js";

/** The name of a package's manifest, in its zip and in its folder. */
export const MANIFEST_FILE = "manifest.json";

/** The name of a package's signature, in its zip and in its folder. */
export const SIGNATURE_FILE = "signature";

const ASSET_FOLDERS: readonly string[] = ALL_ASSET_KINDS.map((kind) => ASSET_KINDS[kind].folder);

/** The names at the top of a package folder. No other name may be there. */
export const TOP_LEVEL_NAMES: readonly string[] = [MANIFEST_FILE, SIGNATURE_FILE, ...ASSET_FOLDERS];

/** Whether a path is in one of the folders for assets. */
export function isInAssetFolder(path: string): boolean {
  return ASSET_FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}

/** Whether a path is one of the folders for assets itself, written with a final `/`. */
export function isAssetFolder(path: string): boolean {
  return ASSET_FOLDERS.some((folder) => path === `${folder}/`);
}

/**
 * Why a manifest may not store an asset under this path, or undefined if it may. Stricter than {@link pathProblem}:
 * assets are served to devices under exactly these names, so they are `<folder of the kind>/<file>` in plain ASCII.
 */
export function assetPathProblem(path: string, kind: AssetKind): string | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  const { folder } = ASSET_KINDS[kind];
  if (!path.startsWith(`${folder}/`)) return `is not in ${folder}/`;
  const name = path.slice(folder.length + 1);
  if (name.includes("/")) return `is not directly in ${folder}/`;
  if (name.startsWith(".")) return "names a hidden file";
  if (!/^[\x20-\x7e]+$/.test(name) || /[<>"|?*]/.test(name))
    return "contains a character that is not safe in a file name";
  return undefined;
}
