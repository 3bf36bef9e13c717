import { IngestError } from "../errors.js";
import { mapConcurrently } from "../map-concurrently.js";
import { AssetDigester } from "../package/asset-digester.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import { MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES } from "../package/limits.js";
import type { Manifest } from "../package/manifest.js";
import { type PackageAsset, parseManifest } from "../package/parse-manifest.js";
import { type ChecksumMismatch, findProof } from "../package/proof.js";
import { type CheckedSignature, verifySignature } from "../package/signature/signature.js";
import { type CorruptFile, comparePaths, type VerifyReport } from "../package/verify-report.js";
import { stopWith } from "../stop.js";
import type { FileProblem, PackageSource, SmallFile } from "./package-source.js";

export interface VerifySettings {
  /** The SHA-256 of the accepted roots, in lower-case hex. */
  readonly roots: ReadonlySet<string>;
  /** Whether to read the assets' content, or only whether they are there. */
  readonly content: "full" | "present";
  readonly signal?: AbortSignal | undefined;
}

/** The manifest and signature of a package, and what is wrong with them. */
interface SmallFiles {
  readonly manifest: Manifest | undefined;
  readonly assets: readonly PackageAsset[] | undefined;
  readonly signature: CheckedSignature;
  readonly missing: readonly string[];
  readonly corrupt: readonly CorruptFile[];
}

interface AssetFinding {
  readonly missing?: string | undefined;
  readonly corrupt?: CorruptFile | undefined;
  readonly mismatch?: ChecksumMismatch | undefined;
}

function parse(file: SmallFile) {
  if (file.state !== "present") return undefined;
  try {
    return parseManifest(file.bytes);
  } catch (error) {
    if (error instanceof IngestError) return { problem: error.message };
    throw error;
  }
}

function checkSignature(file: SmallFile, rest: Omit<Parameters<typeof verifySignature>[0], "signature">) {
  if (file.state === "present") return verifySignature({ ...rest, signature: file.bytes });
  if (file.state === "missing") return verifySignature({ ...rest, signature: undefined });
  const reason = file.hasWrongSize ? "malformed" : "missing";
  const report = { valid: false, reason, message: `The signature ${file.reason}.` } as const;
  return { report, hashes: new Map<string, string>() };
}

/** Reads a small file that the paths contain, if there are paths. */
async function readSmall(
  source: PackageSource,
  paths: ReadonlySet<string> | undefined,
  [path, maxBytes]: readonly [string, number],
): Promise<SmallFile> {
  if (paths && !paths.has(path)) return { state: "missing" };
  const file = await source.readSmall(path, maxBytes);
  const isEmpty = file.state === "present" && file.bytes.length === 0;
  return isEmpty ? { state: "wrong", reason: "is empty", hasWrongSize: true } : file;
}

async function readSmallFiles(
  source: PackageSource,
  paths: ReadonlySet<string> | undefined,
  roots: ReadonlySet<string>,
): Promise<SmallFiles> {
  const manifestFile = await readSmall(source, paths, [MANIFEST_FILE, MAX_MANIFEST_BYTES]);
  const signatureFile = await readSmall(source, paths, [SIGNATURE_FILE, MAX_SIGNATURE_BYTES]);
  const parsed = parse(manifestFile);
  const isParsed = parsed !== undefined && "manifest" in parsed;
  const signature = checkSignature(signatureFile, {
    manifest: manifestFile.state === "present" ? manifestFile.bytes : undefined,
    paths: isParsed ? parsed.assets.map(({ path }) => path) : undefined,
    roots,
  });
  const files = [[MANIFEST_FILE, manifestFile] as const, [SIGNATURE_FILE, signatureFile] as const];
  const corrupt = files.flatMap(([path, file]) =>
    file.state === "wrong" ? [{ path, reason: file.reason }] : [],
  );
  if (parsed && !isParsed) corrupt.unshift({ path: MANIFEST_FILE, reason: parsed.problem });
  return {
    manifest: isParsed ? parsed.manifest : undefined,
    assets: isParsed ? parsed.assets : undefined,
    signature,
    missing: files.flatMap(([path, file]) => (file.state === "missing" ? [path] : [])),
    corrupt,
  };
}

function findingOf(path: string, problem: FileProblem): AssetFinding {
  if (problem.state === "missing") return { missing: path };
  return { corrupt: { path, reason: problem.reason } };
}

async function checkAsset(
  source: PackageSource,
  asset: PackageAsset,
  { hash2, content }: { readonly hash2: string | undefined; readonly content: "full" | "present" },
  signal: AbortSignal,
): Promise<AssetFinding> {
  const { path } = asset;
  const proof = content === "full" ? findProof(asset, hash2) : undefined;
  const digester = proof && new AssetDigester(proof);
  const update = digester && ((bytes: Uint8Array) => digester.update(bytes));
  const problem = await source.readAsset(asset, update, signal);
  if (problem) return findingOf(path, problem);
  if (content === "present") return {};
  if (!digester) {
    const reason =
      "nothing proves its content: the manifest has no digests of it, and the signature is invalid";
    return { corrupt: { path, reason } };
  }
  return digester.finish();
}

/**
 * Checks the assets. Hashes in this process: worker threads were 1.5 times as fast on two cores, but only for files in the
 * system's cache, and they need a program file of their own, which bundlers do not include.
 */
async function checkAssets(
  source: PackageSource,
  assets: readonly PackageAsset[],
  hashes: ReadonlyMap<string, string>,
  { content, signal }: VerifySettings,
): Promise<AssetFinding[]> {
  const { stop, release } = stopWith(signal);
  try {
    const check = (asset: PackageAsset) =>
      checkAsset(source, asset, { hash2: hashes.get(asset.path), content }, stop.signal);
    return await mapConcurrently(assets, source.concurrency, stop, check);
  } finally {
    release();
  }
}

/** Compares a package with its manifest and signature, wherever it is. Rejects only with the signal's reason. */
export async function verifySource(source: PackageSource, settings: VerifySettings): Promise<VerifyReport> {
  settings.signal?.throwIfAborted();
  const paths = await source.listPaths();
  const small = await readSmallFiles(source, paths, settings.roots);
  const { manifest, assets = [], signature } = small;
  const differences = paths && comparePaths(paths, small.assets);
  const present = differences?.present ?? assets;
  const findings = await checkAssets(source, present, signature.hashes, settings);
  const missing = [
    ...(differences?.missing ?? small.missing),
    ...findings.flatMap((finding) => finding.missing ?? []),
  ];
  const added = differences?.added ?? [];
  const corrupt = [...small.corrupt, ...findings.flatMap((finding) => finding.corrupt ?? [])];
  const checksumMismatches = findings.flatMap((finding) => finding.mismatch ?? []);
  return {
    valid: missing.length + added.length + corrupt.length === 0 && signature.report.valid,
    missing,
    added,
    corrupt,
    ...(manifest && { manifest }),
    signature: signature.report,
    ...(checksumMismatches.length > 0 && { checksumMismatches }),
  };
}
