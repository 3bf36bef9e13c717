import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import { type Clock, systemClock } from "../clock.js";
import { obtainAsset } from "./asset.js";
import { readChecksum } from "./digest.js";
import { explainDiskError } from "./disk.js";
import type { DownloadContext } from "./download.js";
import { forEach } from "./for-each.js";
import { Cdn } from "./http.js";
import { locateKeyBlobFile, writeKeyBlobs } from "./key-blobs.js";
import { type Location, locate, openStaging } from "./location.js";
import { lock } from "./lock.js";
import { type IngestOptions, type IngestSettings, readOptions } from "./options.js";
import { obtainPackage, type Package } from "./package-download.js";
import { ProgressReporter } from "./progress.js";
import { type ChecksumMismatch, type IngestedAsset, type IngestResult, withoutUrl } from "./result.js";
import { type AssetSource, type IngestClient, Source } from "./source.js";
import { checkSpace } from "./space.js";
import { clear, discardEmpty, layOut, settle } from "./staging.js";
import { recover, swapIn } from "./swap.js";
import { checkReplaceable, inspectTarget, type StandingPackage } from "./target.js";
import { verify } from "./verify.js";

/**
 * Downloads a package version, checks every byte, and moves it into place: afterwards `directory` is complete and can
 * be served as it is. Killed at any moment, it goes on where it stopped when called with the same options again.
 *
 * @example
 * const { version, assets } = await ingestPackage(client, {
 *   packageId,
 *   directory: "public/packages/1234",
 *   keyBlobFile: "private/1234.json",
 * });
 *
 * @param client a client of the account that may read the package
 * @throws {IngestError} for what ingest refuses or gives up on, by its `reason`
 * @throws {AppStoreConnectError} for what the API answers
 * @throws TypeError for wrong options
 */
export function ingestPackage(client: IngestClient, options: IngestOptions): Promise<IngestResult> {
  return ingest(client, options, systemClock);
}

/** {@link ingestPackage} on a given clock. */
export async function ingest(
  client: IngestClient,
  options: IngestOptions,
  clock: Clock,
): Promise<IngestResult> {
  const settings = readOptions(options);
  const { signal, directory } = settings;
  signal?.throwIfAborted();
  // Ends everything under way, at the caller's wish or at the first failure.
  const stop = new AbortController();
  // Every asset in flight listens.
  setMaxListeners(0, stop.signal);
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const cdn = new Cdn(settings);
  let staging = directory;
  try {
    const location = await locate(directory);
    staging = location.staging;
    const unlock = await lock(location);
    try {
      return await new Ingest(client, settings, location, { cdn, clock, signal: stop.signal }, stop).run();
    } finally {
      await discardEmpty(location);
      await unlock();
    }
  } catch (error) {
    throw explainDiskError(error, staging);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    cdn.close();
  }
}

/** One ingest, which holds the target's lock. */
class Ingest {
  readonly #settings: IngestSettings;
  readonly #location: Location;
  readonly #context: DownloadContext;
  readonly #stop: AbortController;
  readonly #source: Source;
  readonly #progress: ProgressReporter;
  readonly #checksumMismatches: ChecksumMismatch[] = [];

  constructor(
    client: IngestClient,
    settings: IngestSettings,
    location: Location,
    context: DownloadContext,
    stop: AbortController,
  ) {
    this.#settings = settings;
    this.#location = location;
    this.#context = context;
    this.#stop = stop;
    this.#source = new Source(client, context.signal);
    this.#progress = new ProgressReporter(settings.onProgress);
  }

  async run(): Promise<IngestResult> {
    const location = this.#location;
    const source = this.#source;
    this.#progress.begin("preparing");
    await recover(location);
    const standing = await inspectTarget(location.directory);
    const { keyBlobFile } = this.#settings;
    const keyBlobPath = keyBlobFile && (await locateKeyBlobFile(keyBlobFile, location));

    const version = await source.version(this.#settings);
    await openStaging(location);
    const content = await obtainPackage(version.id, source.packageUrl(version), location, this.#context);
    const { manifest } = content;
    if (standing) checkReplaceable(location.directory, standing, manifest);
    this.#compareZip(version.id, version.attributes?.fileChecksum, content.zip);

    const stands = await this.#stands(standing, content);
    const assets = await this.#assets(version.id, content, stands, standing !== undefined);
    this.#progress.begin("finishing");
    if (keyBlobPath) await writeKeyBlobs(keyBlobPath, version.id, assets);
    this.#context.signal.throwIfAborted();
    if (!stands) await swapIn(location);
    await clear(location);
    this.#progress.done();
    const { apiCalls } = source;
    const { directory } = location;
    const checksumMismatches = this.#checksumMismatches;
    return { directory, version: withoutUrl(version), manifest, apiCalls, assets, checksumMismatches };
  }

  /** Whether this very package stands in the target, complete and without a wrong byte. */
  async #stands(standing: StandingPackage | undefined, content: Package): Promise<boolean> {
    const same =
      standing?.manifestBytes?.equals(content.manifestBytes) &&
      standing.signatureBytes?.equals(content.signatureBytes);
    if (!same) return false;
    return (await verify(this.#location.directory, this.#context.signal)).valid;
  }

  /** Everything the package holds: as it stands in the target, or gathered in staging. */
  async #assets(
    versionId: string,
    content: Package,
    stands: boolean,
    donor: boolean,
  ): Promise<IngestedAsset[]> {
    const location = this.#location;
    const progress = this.#progress;
    const { assets } = content;
    const sources = await this.#source.assets(versionId, assets);
    const bytesTotal = assets.reduce((sum, { bytes }) => sum + bytes, 0);
    progress.begin("downloading", { bytesTotal, assetsTotal: assets.length });
    if (stands) {
      return sources.map(({ asset: { id, kind, path, bytes }, keyBlob }) => {
        return { id, kind, path, bytes, keyBlob, reused: true };
      });
    }

    const { reuse, concurrency } = this.#settings;
    const donors = [...(donor ? [location.directory] : []), ...(reuse === undefined ? [] : [resolve(reuse)])];
    const kept = await layOut(location, content);
    await checkSpace(assets, location, kept, donors);
    const onBytes = (bytes: number) => progress.addBytes(bytes);
    const work = async (source: AssetSource) => {
      const { checksumMismatch, ...obtained } = await obtainAsset(
        source,
        donors,
        location,
        this.#context,
        onBytes,
      );
      if (checksumMismatch) this.#checksumMismatches.push(checksumMismatch);
      progress.addAsset();
      return obtained;
    };
    const ingested = await forEach(sources, concurrency, this.#stop, work);
    await settle(location, assets);
    return ingested;
  }

  #compareZip(versionId: string, fileChecksum: string | undefined, zip: Buffer): void {
    const checksum = readChecksum(fileChecksum);
    if (!checksum) return;
    const { algorithm, hex: expected } = checksum;
    const found = createHash(algorithm).update(zip).digest("hex");
    if (found === expected) return;
    this.#checksumMismatches.push({ id: versionId, path: "package.zip", algorithm, expected, found });
  }
}
