import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { IngestError, quote } from "../errors.js";
import { type Manifest, parseManifest } from "../package/manifest.js";
import { orMissing } from "./disk.js";
import { readSmallFile } from "./small-file.js";

/** The names at the top of a package folder. Nothing else may stand there. */
export const LAYOUT = ["manifest.json", "signature", "variant", "delta"];

/** Whether anything stands at a path, a broken link included. */
export async function exists(path: string): Promise<boolean> {
  return (await orMissing(lstat(path))) !== undefined;
}

/** A package folder, complete or damaged, that stands where a package shall go. */
export interface StandingPackage {
  /** The content of its two small files, where they can be read. */
  manifestBytes: Buffer | undefined;
  signatureBytes: Buffer | undefined;
  /** Its manifest, if that is in order. */
  manifest: Manifest | undefined;
}

function refuse(directory: string, what: string): never {
  throw new IngestError(
    "target",
    `${directory} ${what}; it was left as it is. Choose another directory or move it away.`,
  );
}

/**
 * Looks at what stands at the target. Undefined if nothing does.
 *
 * @throws IngestError with reason `target` if it is anything but a package folder or an empty one
 */
export async function inspectTarget(directory: string): Promise<StandingPackage | undefined> {
  const stats = await orMissing(lstat(directory));
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) refuse(directory, "is a symbolic link, not a folder");
  if (!stats.isDirectory()) refuse(directory, "is not a folder");
  const foreign = (await readdir(directory)).find((name) => !LAYOUT.includes(name));
  if (foreign !== undefined) refuse(directory, `holds ${quote(foreign)}, which is no part of a package`);
  const manifestBytes = await readSmallFile(join(directory, "manifest.json"));
  const signatureBytes = await readSmallFile(join(directory, "signature"));
  return { manifestBytes, signatureBytes, manifest: manifestBytes && parseOrUndefined(manifestBytes) };
}

function parseOrUndefined(bytes: Buffer): Manifest | undefined {
  try {
    return parseManifest(bytes).manifest;
  } catch (error) {
    if (error instanceof IngestError) return undefined;
    throw error;
  }
}

/**
 * Refuses to put a package in place of another app's, or of a newer revision of itself.
 *
 * @throws IngestError with reason `target`
 */
export function checkReplaceable(directory: string, standing: StandingPackage, manifest: Manifest): void {
  const old = standing.manifest;
  if (old === undefined) return;
  for (const field of ["appleItemId", "bundleId"]) {
    if (old[field] === manifest[field]) continue;
    refuse(
      directory,
      `holds a package of another app (${field} ${quote(old[field])}, not ${quote(manifest[field])})`,
    );
  }
  const [oldRevision, revision] = [old.distributionPackageRevision, manifest.distributionPackageRevision];
  const sameVersion = old.appleVersionId === manifest.appleVersionId;
  if (
    sameVersion &&
    typeof oldRevision === "number" &&
    typeof revision === "number" &&
    oldRevision > revision
  ) {
    refuse(directory, `holds a newer revision of this package (${oldRevision}, not ${revision})`);
  }
}
