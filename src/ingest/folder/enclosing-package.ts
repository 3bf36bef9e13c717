import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { optionError, show } from "../../checks.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import { exists, ifExists } from "./disk.js";

/** The folder's path without symbolic links, also if its last parts do not exist yet. */
export async function resolveFolder(folder: string): Promise<string> {
  const parent = dirname(folder);
  const existing = await ifExists(realpath(folder));
  // On Windows, a drive need not exist.
  if (existing !== undefined || parent === folder) return existing ?? folder;
  return join(await resolveFolder(parent), basename(folder));
}

/** The folder of the package that the path is in, if it is in one. */
export async function findPackage(path: string): Promise<string | undefined> {
  const folder = dirname(path);
  const hasFile = (name: string) => exists(join(folder, name));
  if ((await hasFile(MANIFEST_FILE)) && (await hasFile(SIGNATURE_FILE))) return folder;
  return folder === path ? undefined : findPackage(folder);
}

/** @throws TypeError if the target is inside another package, which would be invalid then, and whose next ingest would delete it */
export async function checkOutsidePackages(directory: string): Promise<void> {
  const path = resolve(directory);
  const other = await findPackage(join(await resolveFolder(dirname(path)), basename(path)));
  if (other === undefined) return;
  throw optionError("directory", `a path outside the package ${other}`, show(directory));
}
