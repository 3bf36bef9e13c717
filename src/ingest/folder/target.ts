import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { show } from "../../checks.js";
import { IngestError } from "../errors.js";
import { MANIFEST_FILE, SIGNATURE_FILE, TOP_LEVEL_NAMES } from "../package/layout.js";
import { MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES } from "../package/limits.js";
import type { Manifest } from "../package/manifest.js";
import { parseManifest } from "../package/parse-manifest.js";
import { replacementProblem } from "../package/replacement.js";
import { exists, ifExists, syncDirectory } from "./disk.js";
import type { FolderPaths } from "./paths.js";
import { readSmallFile } from "./small-file.js";

/** The package folder that is at the target, complete or damaged. */
export interface ExistingPackage {
  /** The content of its two small files, if they can be read. */
  readonly manifestBytes: Buffer | undefined;
  readonly signatureBytes: Buffer | undefined;
  /** Its manifest, if that is valid. */
  readonly manifest: Manifest | undefined;
}

function refuse(directory: string, problem: string): never {
  throw new IngestError(
    "target",
    `${directory} ${problem}. It was left as it is: choose another directory or move it away.`,
  );
}

/**
 * Looks at what is at the target. Undefined if there is nothing.
 *
 * @throws IngestError with reason `target` if it is neither a package folder nor an empty folder
 */
export async function inspectTarget(directory: string): Promise<ExistingPackage | undefined> {
  const stats = await ifExists(lstat(directory));
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) refuse(directory, "is a symbolic link, not a folder");
  if (!stats.isDirectory()) refuse(directory, "is not a folder");
  const foreign = (await readdir(directory)).find((name) => !TOP_LEVEL_NAMES.includes(name));
  if (foreign !== undefined) refuse(directory, `contains ${show(foreign)}, which is not part of a package`);
  const manifestBytes = await readSmallFile(join(directory, MANIFEST_FILE), MAX_MANIFEST_BYTES);
  const signatureBytes = await readSmallFile(join(directory, SIGNATURE_FILE), MAX_SIGNATURE_BYTES);
  return { manifestBytes, signatureBytes, manifest: manifestBytes && parseIfValid(manifestBytes) };
}

function parseIfValid(bytes: Buffer): Manifest | undefined {
  try {
    return parseManifest(bytes).manifest;
  } catch (error) {
    if (error instanceof IngestError) return undefined;
    throw error;
  }
}

/**
 * Refuses to replace a package of another app, or a newer revision.
 *
 * @throws IngestError with reason `target`
 */
export function checkReplaceable(directory: string, existing: ExistingPackage, manifest: Manifest): void {
  const problem = existing.manifest && replacementProblem(existing.manifest, manifest);
  if (problem !== undefined) refuse(directory, problem);
}

/** Repairs the target if an earlier run was killed between the two renames of {@link replaceTarget}. */
export async function recoverTarget(paths: FolderPaths): Promise<void> {
  const { directory, replaced, removed, parent } = paths;
  await rm(removed, { recursive: true, force: true });
  if (!(await exists(replaced))) return;
  if (await exists(directory)) {
    await rm(replaced, { recursive: true, force: true });
  } else {
    // The earlier package is served again while the new one is checked once more.
    await rename(replaced, directory);
    await syncDirectory(parent);
  }
}

/**
 * Replaces the target by the finished package folder in staging. There is no target for a moment between two renames,
 * which no portable system call avoids. There is never an incomplete one.
 */
export async function replaceTarget(paths: FolderPaths): Promise<void> {
  const { directory, replaced, parent, staging } = paths;
  const wasMoved = await ifExists(rename(directory, replaced).then(() => true));
  try {
    await rename(paths.package, directory);
  } catch (error) {
    if (wasMoved) await rename(replaced, directory);
    throw error;
  }
  await syncDirectory(parent);
  await syncDirectory(staging);
}

/** Moves the target into staging in one step, where it can be deleted file by file. */
export async function moveTargetToStaging({ directory, removed, parent }: FolderPaths): Promise<void> {
  await rename(directory, removed);
  await syncDirectory(parent);
}
