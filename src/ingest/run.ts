import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { withoutSecrets } from "../redact.js";
import type { ApiReader, DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { type DownloadedPackage, downloadPackage } from "./download/download-package.js";
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
import type { ProgressReporter } from "./progress.js";
import type { ChecksumMismatch, IngestedAsset, IngestResult } from "./result.js";
import { stageAsset } from "./stage-asset.js";
import { verifyDirectory } from "./verify.js";

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
  | { readonly state: "complete" }
  /** It has to be replaced. `staged` has the paths of assets that staging already contains, complete or not. */
  | { readonly state: "outdated"; readonly staged: ReadonlySet<string> };

/** What is known once the package zip is open. */
interface PreparedPackage {
  readonly manifest: Manifest;
  readonly assets: readonly PackageAsset[];
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
  const { manifest, assets, target, zipMismatches } = await prepare(run, staging, version, existing);
  const downloadable = await api.findAssets(version.id, assets);

  progress.expect({ bytes: assets.reduce((sum, { bytes }) => sum + bytes, 0), assets: assets.length });
  progress.begin("downloading");
  const result =
    target.state === "complete"
      ? keepAssets(downloadable)
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
  const { paths, stop } = run;
  const { zip, content } = await readPackage(run, version);
  const { manifest, assets } = content;
  if (existing) checkReplaceable(paths.directory, existing, manifest);
  const isComplete =
    isSamePackage(existing, content) && (await verifyDirectory(paths.directory, stop.signal)).valid;
  const target: TargetState = isComplete
    ? { state: "complete" }
    : { state: "outdated", staged: await preparePackage(paths, staging, content) };
  return { manifest, assets, target, zipMismatches: compareZip(version, zip) };
}

/** Takes the package zip from staging if an earlier run left it there, or downloads it. */
async function readPackage(
  { api, cdn, paths }: IngestRun,
  version: AlternativeDistributionPackageVersion,
): Promise<DownloadedPackage> {
  const cached = await readCachedZip(paths, version.id);
  if (cached) return { zip: cached, content: await openPackage(cached) };
  const downloaded = await downloadPackage(api.packageUrl(version), cdn);
  await cacheZip(paths, version.id, downloaded.zip);
  return downloaded;
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
  return found === expected ? [] : [{ id, path: "package.zip", algorithm, expected, found }];
}

/** The assets of a target that is complete. */
function keepAssets(assets: readonly DownloadableAsset[]): AssetsResult {
  const kept = assets.map(({ asset: { id, kind, path, bytes }, keyBlob }) => {
    return { id, kind, path, bytes, keyBlob, reused: true, resumedBytes: 0 };
  });
  return { assets: kept, checksumMismatches: [] };
}

/** Puts every asset into staging: complete, checked and on the disk. */
async function stageAssets(
  { cdn, paths, progress, settings, stop }: IngestRun,
  downloadable: readonly DownloadableAsset[],
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
    checksumMismatches: results.flatMap(({ checksumMismatch }) => checksumMismatch ?? []),
  };
}
