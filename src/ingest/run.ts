import { createHash } from "node:crypto";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { withoutSecrets } from "../redact.js";
import type { ApiReader, DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { type DownloadedPackage, downloadPackage } from "./download/download-package.js";
import { IngestError } from "./errors.js";
import { resolveKeyBlobs } from "./key-blobs.js";
import { mapConcurrently } from "./map-concurrently.js";
import type { IngestSettings } from "./options.js";
import { readChecksum } from "./package/digest.js";
import type { Manifest } from "./package/manifest.js";
import { openPackage, type PackageContent } from "./package/package-content.js";
import type { PackageAsset } from "./package/parse-manifest.js";
import { type ChecksumMismatch, findProof } from "./package/proof.js";
import { checkReplaceable } from "./package/replacement.js";
import { type CheckedSignature, verifySignature } from "./package/signature/signature.js";
import type { ProgressReporter } from "./progress.js";
import type { IngestedAsset, IngestResult } from "./result.js";
import { type StageableAsset, stageAsset } from "./stage-asset.js";
import type { StoreChange } from "./store.js";
import { verifyStore } from "./verify/verify-store.js";

interface IngestRun {
  readonly api: ApiReader;
  readonly cdn: CdnClient;
  readonly change: StoreChange;
  readonly progress: ProgressReporter;
  readonly settings: IngestSettings;
  readonly stop: AbortController;
}

/** A package that is in place and complete. */
interface PackageInPlace {
  readonly checksumMismatches: readonly ChecksumMismatch[];
}

/** What is known once the package zip is open. */
interface PreparedPackage {
  readonly manifest: Manifest;
  readonly assets: readonly PackageAsset[];
  readonly signature: CheckedSignature;
  /** Set if this very package is in place already, and every byte of it is right. */
  readonly inPlace: PackageInPlace | undefined;
  readonly zipMismatches: readonly ChecksumMismatch[];
}

/** Assets that are at their place, or in staging. */
interface AssetsResult {
  readonly assets: readonly IngestedAsset[];
  readonly checksumMismatches: readonly ChecksumMismatch[];
}

/** Runs all steps, from the version's id to the package in place. */
export async function runIngest(run: IngestRun): Promise<IngestResult> {
  const { api, change, progress, settings, stop } = run;
  progress.begin("preparing");
  const context = { signal: stop.signal, clock: run.cdn.clock };
  const writeKeyBlobs = await resolveKeyBlobs(settings, change, context);
  const version = await api.findVersion(settings);
  const { manifest, assets, signature, inPlace, zipMismatches } = await prepare(run, version);
  const downloadable = (await api.findAssets(version.id, assets)).map((asset) => addProof(asset, signature));

  const packageBytes = assets.reduce((sum, { bytes }) => sum + bytes, 0);
  progress.expect({ bytes: packageBytes, assets: assets.length });
  run.cdn.expect(packageBytes, run.settings.concurrency);
  if (!inPlace) progress.begin("downloading");
  const result = inPlace ? keepAssets(downloadable, inPlace) : await stageAssets(run, downloadable);

  progress.begin("finishing");
  const isInPlace = await change.commit(async () => {
    await writeKeyBlobs(version.id, result.assets);
    stop.signal.throwIfAborted();
  });
  if (!isInPlace) {
    const message = `${change.location}: another worker stored another package meanwhile. Run again.`;
    throw new IngestError("busy", message);
  }
  progress.done();
  return {
    location: change.location,
    ...(settings.directory !== undefined && { directory: change.location }),
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
 * Reads the package's manifest and signature, and prepares the store for its assets unless it is complete. The zip, which
 * may be large, is not kept after this.
 */
async function prepare(
  run: IngestRun,
  version: AlternativeDistributionPackageVersion,
): Promise<PreparedPackage> {
  const { change, settings } = run;
  const { zip, content, signature } = await readPackage(run, version);
  const { manifest, assets, manifestBytes, signatureBytes } = content;
  const { existing } = change;
  if (existing.manifest) checkReplaceable(change.location, existing.manifest, manifest);
  const isSame = existing.manifest?.equals(manifestBytes) && existing.signature?.equals(signatureBytes);
  const inPlace = isSame ? await checkInPlace(run, assets, signature) : undefined;
  if (!inPlace) {
    const files = { manifest: manifestBytes, signature: signatureBytes };
    await change.prepare(files, assets, settings.reuse);
  }
  return { manifest, assets, signature, inPlace, zipMismatches: compareZip(version, zip) };
}

/**
 * Checks that the package in place has all its files with the right bytes. Its signature is the same as the new
 * package's, which was checked. Undefined if it is not complete.
 */
async function checkInPlace(
  { change, cdn, settings, stop }: IngestRun,
  assets: readonly PackageAsset[],
  { hashes }: CheckedSignature,
): Promise<PackageInPlace | undefined> {
  if (change.isComplete) {
    const provable = assets.flatMap((asset) => findProof(asset, hashes.get(asset.path)) ?? []);
    const isComplete = provable.length === assets.length && (await change.isComplete(provable));
    return isComplete ? { checksumMismatches: [] } : undefined;
  }
  const options = { roots: settings.roots, content: "full", signal: stop.signal, clock: cdn.clock } as const;
  const report = await verifyStore(settings.store, options);
  if (report.missing.length + report.added.length + report.corrupt.length > 0) return undefined;
  return { checksumMismatches: report.checksumMismatches ?? [] };
}

type CheckedPackage = DownloadedPackage & { readonly signature: CheckedSignature };

/**
 * Takes the package zip from the store if an earlier run left it there, or downloads it.
 *
 * @throws IngestError with reason `signature`
 */
async function readPackage(
  { api, cdn, change, settings }: IngestRun,
  version: AlternativeDistributionPackageVersion,
): Promise<CheckedPackage> {
  const cached = await change.cache?.read(version.id);
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
  await change.cache?.write(version.id, downloaded.zip);
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
    "the manifest has no digests of it that are known here, the signature is invalid, and the API gives no checksum of it";
  throw new IngestError(
    "corrupt",
    `${path}: nothing proves its content: ${lacks}. The package was refused.`,
    {
      path,
    },
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

/** The assets of a package that is in place. */
function keepAssets(assets: readonly StageableAsset[], { checksumMismatches }: PackageInPlace): AssetsResult {
  const kept = assets.map(({ asset: { id, kind, path, bytes, checkedBy }, keyBlob }) => {
    return { id, kind, path, bytes, keyBlob, checkedBy, reused: true, resumedBytes: 0 };
  });
  return { assets: kept, checksumMismatches };
}

async function stageAssets(
  { cdn, change, progress, settings, stop }: IngestRun,
  downloadable: readonly StageableAsset[],
): Promise<AssetsResult> {
  const onBytes = (bytes: number) => progress.addBytes(bytes);
  const context = { change, cdn, onBytes };
  const results = await mapConcurrently(downloadable, settings.concurrency, stop, async (asset) => {
    const result = await stageAsset(asset, context);
    progress.addAsset();
    return result;
  });
  return {
    assets: results.map(({ asset }) => asset),
    checksumMismatches: results.flatMap((result) => result.checksumMismatches),
  };
}
