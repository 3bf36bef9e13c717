import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { withoutSecrets } from "../redact.js";
import type { ApiReader, DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { type DownloadedPackage, downloadPackage } from "./download/download-package.js";
import { IngestError } from "./errors.js";
import { cacheZip, readCachedZip } from "./folder/cached-zip.js";
import type { FolderPaths } from "./folder/paths.js";
import { checkSpace } from "./folder/space.js";
import { openStaging, preparePackage, removeStaging, type Staging, syncPackage } from "./folder/staging.js";
import {
  checkReplaceable,
  checkTarget,
  type ExistingPackage,
  inspectTarget,
  recoverTarget,
  replaceTarget,
} from "./folder/target.js";
import { resolveKeyBlobFile, writeKeyBlobs } from "./key-blobs.js";
import { mapConcurrently } from "./map-concurrently.js";
import type { IngestSettings } from "./options.js";
import { readChecksum } from "./package/digest.js";
import type { Manifest } from "./package/manifest.js";
import { openPackage, type PackageContent } from "./package/package-content.js";
import type { PackageAsset } from "./package/parse-manifest.js";
import { type ChecksumMismatch, findProof } from "./package/proof.js";
import { type CheckedSignature, verifySignature } from "./package/signature/signature.js";
import type { ProgressReporter } from "./progress.js";
import type { IngestedAsset, IngestResult } from "./result.js";
import { type StageableAsset, stageAsset } from "./stage-asset.js";
import { verifyFolder } from "./verify/folder-source.js";

/** One ingest that has the target's lock. */
interface IngestRun {
  readonly api: ApiReader;
  readonly cdn: CdnClient;
  readonly paths: FolderPaths;
  readonly progress: ProgressReporter;
  readonly settings: IngestSettings;
  /** Ends everything that is under way. */
  readonly stop: AbortController;
}

/** What there is to do for the target. */
type TargetState =
  /** It is this very package, with no wrong byte. */
  | { readonly state: "complete"; readonly checksumMismatches: readonly ChecksumMismatch[] }
  /** It has to be replaced. `staged` has the paths of assets that staging already contains, complete or not. */
  | { readonly state: "outdated"; readonly staged: ReadonlySet<string> };

/** What is known once the package zip is open. */
interface PreparedPackage {
  readonly manifest: Manifest;
  readonly assets: readonly PackageAsset[];
  readonly signature: CheckedSignature;
  readonly target: TargetState;
  readonly zipMismatches: readonly ChecksumMismatch[];
}

/** What is on disk before the download. */
interface StagingState {
  readonly staging: Staging;
  /** Paths of the assets that staging contains, complete or not. */
  readonly staged: ReadonlySet<string>;
  readonly existing: ExistingPackage | undefined;
}

/** Assets that are at their place, or in staging. */
interface AssetsResult {
  readonly assets: readonly IngestedAsset[];
  readonly checksumMismatches: readonly ChecksumMismatch[];
}

/** Runs all steps, from the version's id to the package at the target. */
export async function runIngest(run: IngestRun): Promise<IngestResult> {
  const { api, paths, progress, settings, stop } = run;
  const { keyBlobFile } = settings;
  progress.begin("preparing");
  const staging = await openStaging(paths);
  await recoverTarget(paths);
  const existing = await inspectTarget(paths);
  const keyBlobPath = keyBlobFile && (await resolveKeyBlobFile(keyBlobFile, paths));
  const version = await api.findVersion(settings);
  const { manifest, assets, signature, target, zipMismatches } = await prepare(
    run,
    staging,
    version,
    existing,
  );
  const downloadable = (await api.findAssets(version.id, assets)).map((asset) => addProof(asset, signature));

  progress.expect({ bytes: assets.reduce((sum, { bytes }) => sum + bytes, 0), assets: assets.length });
  progress.begin("downloading");
  const result =
    target.state === "complete"
      ? keepAssets(downloadable, target.checksumMismatches)
      : await stageAssets(run, downloadable, { staging, staged: target.staged, existing });

  progress.begin("finishing");
  if (target.state === "outdated") await checkTarget(paths, { staging, existing });
  if (keyBlobPath) await writeKeyBlobs(keyBlobPath, version.id, result.assets);
  stop.signal.throwIfAborted();
  if (target.state === "outdated") await replaceTarget(paths, { staging, existing });
  await removeStaging(staging);
  progress.done();
  return {
    directory: paths.directory,
    version: withoutSecrets(version),
    manifest,
    signature: signature.report,
    signedAt: signature.report.signedAt,
    apiCalls: api.apiCalls,
    assets: result.assets,
    checksumMismatches: [...zipMismatches, ...result.checksumMismatches],
  };
}

/**
 * Reads the package's manifest and signature, and prepares staging for its assets unless the target is complete. The zip
 * and the text of the manifest, which may be large, are not kept after this.
 */
async function prepare(
  run: IngestRun,
  staging: Staging,
  version: AlternativeDistributionPackageVersion,
  existing: ExistingPackage | undefined,
): Promise<PreparedPackage> {
  const { paths } = run;
  const { zip, content, signature } = await readPackage(run, version);
  const { manifest, assets } = content;
  if (existing) checkReplaceable(paths.directory, existing, manifest);
  const complete = isSamePackage(existing, content) ? await findCompleteTarget(run) : undefined;
  const target: TargetState = complete ?? {
    state: "outdated",
    staged: await preparePackage(paths, staging, content),
  };
  return { manifest, assets, signature, target, zipMismatches: compareZip(version, zip) };
}

/** The target, if it has all files of its manifest with the right bytes. */
async function findCompleteTarget({ paths, settings, stop }: IngestRun): Promise<TargetState | undefined> {
  // Its signature is the same as the new package's, which was checked.
  const options = { roots: settings.roots, content: "full", signal: stop.signal } as const;
  const report = await verifyFolder(paths.directory, options);
  if (report.missing.length + report.added.length + report.corrupt.length > 0) return undefined;
  return { state: "complete", checksumMismatches: report.checksumMismatches ?? [] };
}

/** A package zip with its signature checked. */
type CheckedPackage = DownloadedPackage & { readonly signature: CheckedSignature };

/**
 * Takes the package zip from staging if an earlier run left it there, or downloads it.
 *
 * @throws IngestError with reason `signature`
 */
async function readPackage(
  { api, cdn, paths, settings }: IngestRun,
  version: AlternativeDistributionPackageVersion,
): Promise<CheckedPackage> {
  const cached = await readCachedZip(paths, version.id);
  if (cached) {
    const content = await openPackage(cached);
    const signature = checkSignature(content, settings);
    if (isAccepted(signature, settings)) return { zip: cached, content, signature };
  }
  const downloaded = await downloadPackage(api.packageUrl(version), cdn);
  const signature = checkSignature(downloaded.content, settings);
  if (!isAccepted(signature, settings)) {
    const { reason, message } = signature.report;
    throw new IngestError("signature", `${message} The package was refused (signature: ${reason}).`);
  }
  await cacheZip(paths, version.id, downloaded.zip);
  return { ...downloaded, signature };
}

function checkSignature(content: PackageContent, { roots }: IngestSettings): CheckedSignature {
  const { signatureBytes: signature, manifestBytes: manifest, assets } = content;
  return verifySignature({ signature, manifest, paths: assets.map(({ path }) => path), roots });
}

function isAccepted({ report }: CheckedSignature, { signature }: IngestSettings): boolean {
  return report.valid || signature === "report";
}

/** @throws IngestError with reason `corrupt` if nothing could prove that the asset has the right bytes */
function addProof(downloadable: DownloadableAsset, { hashes }: CheckedSignature): StageableAsset {
  const { path } = downloadable.asset;
  const asset = findProof(downloadable.asset, hashes.get(path), downloadable.fileChecksum);
  if (asset) return { ...downloadable, asset };
  const lacks =
    "the manifest has no digests of it, the signature is invalid, and the API gives no checksum of it";
  throw new IngestError(
    "corrupt",
    `${path}: nothing proves its content: ${lacks}. The package was refused.`,
    {
      path,
    },
  );
}

function isSamePackage(existing: ExistingPackage | undefined, content: PackageContent): boolean {
  if (!existing?.manifestBytes || !existing.signatureBytes) return false;
  return (
    existing.manifestBytes.equals(content.manifestBytes) &&
    existing.signatureBytes.equals(content.signatureBytes)
  );
}

function compareZip(
  { id, attributes }: AlternativeDistributionPackageVersion,
  zip: Buffer,
): ChecksumMismatch[] {
  const checksum = readChecksum(attributes?.fileChecksum);
  if (!checksum) return [];
  const { algorithm, hex: expected } = checksum;
  const found = createHash(algorithm).update(zip).digest("hex");
  return found === expected
    ? []
    : [{ id, path: "package.zip", source: "fileChecksum", algorithm, expected, found }];
}

/** The assets of a target that is complete. */
function keepAssets(
  assets: readonly StageableAsset[],
  checksumMismatches: readonly ChecksumMismatch[],
): AssetsResult {
  const kept = assets.map(({ asset: { id, kind, path, bytes, checkedBy }, keyBlob }) => {
    return { id, kind, path, bytes, keyBlob, checkedBy, reused: true, resumedBytes: 0 };
  });
  return { assets: kept, checksumMismatches };
}

/** Puts every asset into staging: complete, checked and on the disk. */
async function stageAssets(
  { cdn, paths, progress, settings, stop }: IngestRun,
  downloadable: readonly StageableAsset[],
  { staging, staged, existing }: StagingState,
): Promise<AssetsResult> {
  const { reuse, concurrency } = settings;
  const reuseFolders = [
    ...(existing ? [paths.directory] : []),
    ...(reuse === undefined ? [] : [resolve(reuse)]),
  ];
  const assets = downloadable.map(({ asset }) => asset);
  await checkSpace(assets, paths, { staged, reuseFolders });
  const onBytes = (bytes: number) => progress.addBytes(bytes);
  const context = { root: paths.package, reuseFolders, cdn, onBytes };
  const results = await mapConcurrently(downloadable, concurrency, stop, async (asset) => {
    const result = await stageAsset(asset, context);
    progress.addAsset();
    return result;
  });
  await syncPackage(paths, staging, assets);
  return {
    assets: results.map(({ asset }) => asset),
    checksumMismatches: results.flatMap((result) => result.checksumMismatches),
  };
}
