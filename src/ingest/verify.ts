import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { onAbort } from "../abort.js";
import { IngestError } from "./errors.js";
import { diskCode, ifExists } from "./folder/disk.js";
import { hashFile } from "./folder/hash-file.js";
import { listPaths } from "./folder/list-paths.js";
import { readSmallFile } from "./folder/small-file.js";
import { mapConcurrently } from "./map-concurrently.js";
import { checkPath } from "./options.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "./package/layout.js";
import { MAX_MANIFEST_BYTES } from "./package/limits.js";
import type { Manifest } from "./package/manifest.js";
import { type PackageAsset, parseManifest } from "./package/parse-manifest.js";
import {
  type CorruptFile,
  comparePaths,
  findCorruptChunk,
  type VerifyReport,
} from "./package/verify-report.js";

// While one file is hashed, the next bytes of the others are read.
const FILES_AT_A_TIME = 4;

/** The manifest of a folder, or what is wrong with it. */
type ManifestState =
  | { readonly state: "missing" }
  | { readonly state: "corrupt"; readonly problem: string }
  | { readonly state: "valid"; readonly manifest: Manifest; readonly assets: readonly PackageAsset[] };

/** What is wrong with a file, apart from its content. */
async function fileProblem(file: string, bytes?: number): Promise<string | undefined> {
  const stats = await lstat(file);
  if (!stats.isFile()) return "is not a regular file";
  if (stats.size === 0) return "is empty";
  if (bytes === undefined || stats.size === bytes) return undefined;
  return `has ${stats.size} bytes, the manifest says ${bytes}`;
}

async function readManifest(directory: string, paths: ReadonlySet<string>): Promise<ManifestState> {
  if (!paths.has(MANIFEST_FILE)) return { state: "missing" };
  const file = join(directory, MANIFEST_FILE);
  try {
    const bytes = await readSmallFile(file, MAX_MANIFEST_BYTES);
    if (bytes) return { state: "valid", ...parseManifest(bytes) };
    return { state: "corrupt", problem: (await fileProblem(file)) ?? "is too large" };
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    return { state: "corrupt", problem: error.message };
  }
}

/** What is wrong with an asset's file, content included. */
async function checkAsset(
  directory: string,
  asset: PackageAsset,
  signal: AbortSignal,
): Promise<CorruptFile | undefined> {
  const { path, bytes } = asset;
  const file = join(directory, path);
  const problem = await fileProblem(file, bytes);
  if (problem !== undefined) return { path, reason: problem };
  try {
    return findCorruptChunk(asset, await hashFile(file, asset, signal));
  } catch (error) {
    const code = diskCode(error);
    if (code === undefined) throw error;
    return { path, reason: `cannot be read (${code})` };
  }
}

/**
 * Returns the assets that are corrupt. Hashes in this process: worker threads were 1.5 times as fast on two cores, but
 * only for files in the system's cache, and they need a program file of their own, which bundlers do not include.
 */
async function checkAssets(
  directory: string,
  assets: readonly PackageAsset[],
  signal: AbortSignal | undefined,
): Promise<CorruptFile[]> {
  const stop = new AbortController();
  const stopListening = onAbort(signal, () => stop.abort(signal?.reason));
  try {
    const check = (asset: PackageAsset) => checkAsset(directory, asset, stop.signal);
    const results = await mapConcurrently(assets, FILES_AT_A_TIME, stop, check);
    return results.filter((result) => result !== undefined);
  } finally {
    stopListening();
  }
}

async function verifyFolder(directory: string, signal: AbortSignal | undefined): Promise<VerifyReport> {
  const paths = (await ifExists(listPaths(directory))) ?? new Set();
  const manifest = await readManifest(directory, paths);
  const isValid = manifest.state === "valid";
  const { missing, added, present } = comparePaths(paths, isValid ? manifest.assets : undefined);
  const corrupt: CorruptFile[] = [];
  if (manifest.state === "corrupt") corrupt.push({ path: MANIFEST_FILE, reason: manifest.problem });
  if (paths.has(SIGNATURE_FILE)) {
    const problem = await fileProblem(join(directory, SIGNATURE_FILE));
    if (problem !== undefined) corrupt.push({ path: SIGNATURE_FILE, reason: problem });
  }
  const allCorrupt = corrupt.concat(await checkAssets(directory, present, signal));
  return {
    valid: missing.length + added.length + allCorrupt.length === 0,
    missing,
    added,
    corrupt: allCorrupt,
    ...(isValid && { manifest: manifest.manifest }),
  };
}

/**
 * Compares a package folder with its manifest: every file is there and has the right size, every chunk has the right
 * digest, and there is nothing else. Letter case counts. Each file is read once.
 *
 * `signature` has to be there, but whether it is Apple's and fits the manifest is not checked.
 *
 * What it finds is never an error: for a folder that does not exist or cannot be read, it returns a report that says so.
 *
 * @example
 * const { valid, missing, added, corrupt } = await verifyPackage("public/packages/1234");
 *
 * @throws TypeError if `directory` is not a path
 */
export async function verifyPackage(directory: string): Promise<VerifyReport> {
  return verifyDirectory(checkPath("directory", directory));
}

/** {@link verifyPackage} that rejects with the signal's reason when the signal aborts. */
export async function verifyDirectory(directory: string, signal?: AbortSignal): Promise<VerifyReport> {
  signal?.throwIfAborted();
  try {
    return await verifyFolder(resolve(directory), signal);
  } catch (error) {
    const code = diskCode(error);
    if (code === undefined) throw error;
    const unreadable = { path: ".", reason: `cannot be read (${code})` };
    return { valid: false, missing: [], added: [], corrupt: [unreadable] };
  }
}
