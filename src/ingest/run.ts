import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import { obtainAsset } from "./asset.js";
import type { DownloadContext } from "./download/download.js";
import { obtainPackage, type Package } from "./download/package-download.js";
import { type Location, openStaging } from "./folder/location.js";
import { checkSpace } from "./folder/space.js";
import { clear, layOut, settle } from "./folder/staging.js";
import { recover, swapIn } from "./folder/swap.js";
import { checkReplaceable, inspectTarget, type StandingPackage } from "./folder/target.js";
import { forEach } from "./for-each.js";
import { locateKeyBlobFile, writeKeyBlobs } from "./key-blobs.js";
import type { IngestSettings } from "./options.js";
import { readChecksum } from "./package/digest.js";
import type { Asset, Manifest } from "./package/manifest.js";
import { ProgressReporter } from "./progress.js";
import { type ChecksumMismatch, type IngestedAsset, type IngestResult, withoutUrl } from "./result.js";
import { type AssetSource, type IngestClient, Source } from "./source.js";
import { verify } from "./verify.js";

/** One ingest, under way with the target's lock held. */
export interface Ingest extends DownloadContext {
  client: IngestClient;
  settings: IngestSettings;
  location: Location;
  /** Ends whatever is under way. */
  stop: AbortController;
}

/** From the version's id to the folder in its place, step by step. */
export async function runIngest(ingest: Ingest): Promise<IngestResult> {
  const { client, settings, location, signal } = ingest;
  const source = new Source(client, signal);
  const progress = new ProgressReporter(settings.onProgress);
  progress.begin("preparing");
  await recover(location);
  const standing = await inspectTarget(location.directory);
  const { keyBlobFile } = settings;
  const keyBlobPath = keyBlobFile && (await locateKeyBlobFile(keyBlobFile, location));

  const version = await source.version(settings);
  const prepared = await prepare(ingest, source, version, standing);
  const { manifest, checksumMismatches } = prepared;
  const sources = await source.assets(version.id, prepared.assets);
  const bytesTotal = prepared.assets.reduce((sum, { bytes }) => sum + bytes, 0);
  progress.begin("downloading", { bytesTotal, assetsTotal: sources.length });
  const { kept } = prepared;
  const assets = kept
    ? await gather(ingest, sources, kept, standing !== undefined, progress, checksumMismatches)
    : sources.map(({ asset: { id, kind, path, bytes }, keyBlob }) => ({
        id,
        kind,
        path,
        bytes,
        keyBlob,
        reused: true,
      }));

  progress.begin("finishing");
  if (keyBlobPath) await writeKeyBlobs(keyBlobPath, version.id, assets);
  signal.throwIfAborted();
  if (kept) await swapIn(location);
  await clear(location);
  progress.done();
  const { apiCalls } = source;
  const { directory } = location;
  return { directory, version: withoutUrl(version), manifest, apiCalls, assets, checksumMismatches };
}

/** What is known once the package zip is open; the zip and the manifest's text are let go of here. */
interface Prepared {
  manifest: Manifest;
  assets: Asset[];
  /** Paths of assets that staging has already, in part at least; undefined if the target is complete as it stands. */
  kept: Set<string> | undefined;
  checksumMismatches: ChecksumMismatch[];
}

async function prepare(
  ingest: Ingest,
  source: Source,
  version: AlternativeDistributionPackageVersion,
  standing: StandingPackage | undefined,
): Promise<Prepared> {
  const { location } = ingest;
  await openStaging(location);
  const content = await obtainPackage(version.id, source.packageUrl(version), location, ingest);
  const { manifest, assets } = content;
  if (standing) checkReplaceable(location.directory, standing, manifest);
  const kept = (await isComplete(ingest, standing, content)) ? undefined : await layOut(location, content);
  return { manifest, assets, kept, checksumMismatches: compareZip(version, content.zip) };
}

/** Whether this very package stands in the target, without a wrong byte. */
async function isComplete(
  { location, signal }: Ingest,
  standing: StandingPackage | undefined,
  content: Package,
): Promise<boolean> {
  const same =
    standing?.manifestBytes?.equals(content.manifestBytes) &&
    standing.signatureBytes?.equals(content.signatureBytes);
  return same === true && (await verify(location.directory, signal)).valid;
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

/** Gets every asset into staging, complete, checked and on the disk. */
async function gather(
  ingest: Ingest,
  sources: readonly AssetSource[],
  kept: ReadonlySet<string>,
  rebuilds: boolean,
  progress: ProgressReporter,
  checksumMismatches: ChecksumMismatch[],
): Promise<IngestedAsset[]> {
  const { location, settings, stop } = ingest;
  const { reuse, concurrency } = settings;
  const donors = [
    ...(rebuilds ? [location.directory] : []),
    ...(reuse === undefined ? [] : [resolve(reuse)]),
  ];
  const assets = sources.map(({ asset }) => asset);
  await checkSpace(assets, location, kept, donors);
  const onBytes = (bytes: number) => progress.addBytes(bytes);
  const gathered = await forEach(sources, concurrency, stop, async (source) => {
    const obtained = await obtainAsset(source, donors, location, ingest, onBytes);
    progress.addAsset();
    return obtained;
  });
  await settle(location, assets);
  // In the manifest's order, whichever asset was ready first.
  return gathered.map(({ checksumMismatch, ...asset }) => {
    if (checksumMismatch) checksumMismatches.push(checksumMismatch);
    return asset;
  });
}
