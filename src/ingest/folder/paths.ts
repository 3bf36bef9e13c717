import { createHash } from "node:crypto";
import { mkdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { checkText, optionError, show } from "../../checks.js";
import { clashKey } from "../package/names.js";

/** The path of a package folder (the target), and those of its staging folder. All are absolute. */
export interface FolderPaths {
  /** The target: the folder that is served. */
  readonly directory: string;
  /** The folder of target and staging folder, without symbolic links. */
  readonly parent: string;
  /** The same for all paths that lead to this target on this machine. */
  readonly key: string;
  /** The staging folder: everything unfinished. It is beside the target, so that a rename can move files between them. */
  readonly staging: string;
  /** In staging: becomes the target. */
  readonly package: string;
  /** In staging: the package zip, so that a later run need not download it again. */
  readonly zip: string;
  /** In staging: says which version and zip these are. */
  readonly state: string;
  /** In staging: the earlier package, while the new one replaces it. */
  readonly replaced: string;
  /** In staging: a package that is being deleted. */
  readonly removed: string;
}

/** @throws TypeError unless the value is a path that the file system can have. */
export function checkPath(name: string, value: unknown): string {
  const path = checkText(name, value, "a path");
  if (path.includes("\0")) throw optionError(name, "a path without NUL characters", show(path));
  return path;
}

/** Finds the paths of a target. Creates its parent if necessary. */
export async function resolvePaths(directory: string): Promise<FolderPaths> {
  const path = resolve(directory);
  const name = basename(path);
  if (name === "") throw optionError("directory", "a folder that is not the root", show(directory));
  await mkdir(dirname(path), { recursive: true });
  const parent = await realpath(dirname(path));
  const { dev, ino } = await stat(parent, { bigint: true });
  // On other systems, names that differ in letter case or in the form of accents may name the same folder.
  const comparableName = process.platform === "linux" ? name : clashKey(name);
  const key = createHash("sha256").update(`${dev}:${ino}:${comparableName}`).digest("hex").slice(0, 32);
  // A file name may have 255 bytes.
  const shortName = Buffer.byteLength(name) > 200 ? key : name;
  const staging = join(parent, `.${shortName}.ingest`);
  return {
    directory: join(parent, name),
    parent,
    key,
    staging,
    package: join(staging, "package"),
    zip: join(staging, "package.zip"),
    state: join(staging, "state.json"),
    replaced: join(staging, "replaced"),
    removed: join(staging, "removed"),
  };
}
