import { lstat, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { IngestError } from "./errors.js";
import { diskCode, orMissing } from "./folder/disk.js";
import { type HashTask, hashFiles } from "./folder/hash-files.js";
import { readSmallFile } from "./folder/small-file.js";
import { type Asset, type Manifest, parseManifest } from "./package/manifest.js";

/** A file of the package that is there, but not as it should be. */
export interface CorruptFile {
  /** Its path in the package. */
  path: string;
  /** What is wrong, for people. */
  reason: string;
  /** Index of the first wrong chunk, from 0, where its digest is what is wrong. */
  chunk?: number;
}

/** What {@link verifyPackage} found. */
export interface VerifyReport {
  /** Whether nothing is missing, added or corrupt. */
  valid: boolean;
  /** Paths of files that should be there. */
  missing: string[];
  /** Paths of files that should not, with a final `/` for empty folders. */
  added: string[];
  corrupt: CorruptFile[];
  /** The manifest, if it could be read. */
  manifest?: Manifest;
}

/** All paths below a folder: files and whatever is not a folder, and folders with nothing in them. */
async function walk(folder: string, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const path = prefix + entry.name;
    const below = entry.isDirectory() ? await walk(folder, `${path}/`) : [path];
    paths.push(...(below.length > 0 ? below : [`${path}/`]));
  }
  return paths;
}

/** What is wrong with a file before its content is looked at. */
async function fault(file: string, asset: Asset | undefined): Promise<string | undefined> {
  const stats = await lstat(file);
  if (!stats.isFile()) return "is not a regular file";
  if (stats.size === 0) return "is empty";
  if (asset === undefined || stats.size === asset.bytes) return undefined;
  return `has ${stats.size} bytes, the manifest says ${asset.bytes}`;
}

/** Reads the manifest; says in the report why it could not, and gives undefined then. */
async function readManifest(directory: string, report: VerifyReport): Promise<Asset[] | undefined> {
  const path = "manifest.json";
  const file = join(directory, path);
  try {
    const bytes = await readSmallFile(file);
    if (bytes === undefined) {
      report.corrupt.push({ path, reason: (await fault(file, undefined)) ?? "is too large" });
      return undefined;
    }
    const { manifest, assets } = parseManifest(bytes);
    report.manifest = manifest;
    return assets;
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    report.corrupt.push({ path, reason: error.message });
    return undefined;
  }
}

// Bytes of a file that are digested as one task; larger files of many chunks keep several cores busy.
const TASK_BYTES = 64 * 1024 * 1024;

/** Cuts an asset into runs of chunks. */
function* hashTasks(asset: Asset, file: string): Generator<HashTask & { asset: Asset }> {
  const { algorithm, chunkSize, bytes } = asset;
  const step = Math.max(1, Math.floor(TASK_BYTES / chunkSize)) * chunkSize;
  for (let start = 0; start < bytes; start += step) {
    yield { asset, file, algorithm, chunkSize, start, end: Math.min(start + step, bytes) };
  }
}

async function checkDigests(
  directory: string,
  assets: readonly Asset[],
  signal: AbortSignal | undefined,
): Promise<CorruptFile[]> {
  const corrupt = new Map<string, CorruptFile>();
  const tasks = assets.flatMap((asset) => [...hashTasks(asset, join(directory, asset.path))]);
  await hashFiles(tasks, signal, ({ asset, start, end, chunkSize }, answer) => {
    const { path, digests, algorithm } = asset;
    if ("error" in answer) {
      corrupt.set(path, { path, reason: `cannot be read (${answer.error})` });
      return;
    }
    const first = start / chunkSize;
    const count = Math.ceil((end - start) / chunkSize);
    for (let chunk = first; chunk < first + count; chunk++) {
      const found = answer.digests[chunk - first];
      if (found === digests[chunk]) continue;
      if (chunk >= (corrupt.get(path)?.chunk ?? Number.POSITIVE_INFINITY)) return;
      const reason = `chunk ${chunk}: expected ${algorithm} ${digests[chunk]}, found ${found ?? "no bytes"}`;
      corrupt.set(path, { path, reason, chunk });
      return;
    }
  });
  return [...corrupt.values()];
}

async function examine(
  directory: string,
  report: VerifyReport,
  signal: AbortSignal | undefined,
): Promise<void> {
  const present = new Set(await orMissing(walk(directory)));
  if (!present.has("manifest.json")) report.missing.push("manifest.json");
  const assets = present.has("manifest.json") ? await readManifest(directory, report) : undefined;
  const expected = new Map<string, Asset | undefined>([["signature", undefined]]);
  for (const asset of assets ?? []) expected.set(asset.path, asset);

  for (const path of present) {
    const unknown = assets === undefined && /^(variant|delta)\//.test(path);
    if (path === "manifest.json" || path === "variant/" || path === "delta/") continue;
    if (!expected.has(path) && !unknown) report.added.push(path);
  }
  const sound: Asset[] = [];
  for (const [path, asset] of expected) {
    const reason = present.has(path) ? await fault(join(directory, path), asset) : undefined;
    if (!present.has(path)) report.missing.push(path);
    else if (reason !== undefined) report.corrupt.push({ path, reason });
    else if (asset) sound.push(asset);
  }
  report.corrupt.push(...(await checkDigests(directory, sound, signal)));
}

/**
 * Compares a package folder with its manifest: every file there, of the right size, every chunk's digest right, and
 * nothing else; letter case counts. Reads each file once, on all cores where there is much to read.
 *
 * Whether `signature` is Apple's and fits the manifest, only Apple's own tools can tell: here it has to be there, no
 * more than that.
 *
 * Never throws on what it finds: a folder that is absent or cannot be read gives a report that says so.
 *
 * @example
 * const { valid, missing, added, corrupt } = await verifyPackage("public/packages/1234");
 */
export async function verifyPackage(directory: string): Promise<VerifyReport> {
  if (typeof directory !== "string" || directory === "") {
    throw new TypeError("directory: expected the path of a package folder");
  }
  return verify(directory);
}

/** {@link verifyPackage} that ends with the signal's reason. */
export async function verify(directory: string, signal?: AbortSignal): Promise<VerifyReport> {
  const report: VerifyReport = { valid: false, missing: [], added: [], corrupt: [] };
  try {
    await examine(resolve(directory), report, signal);
  } catch (error) {
    const code = diskCode(error);
    if (code === undefined) throw error;
    report.corrupt.push({ path: ".", reason: `cannot be read (${code})` });
  }
  report.valid = report.missing.length + report.added.length + report.corrupt.length === 0;
  return report;
}
