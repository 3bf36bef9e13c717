import { IngestError } from "../errors.js";
import type { ByteRange, ChunkMismatch, ChunkTracker } from "../package/chunk-tracker.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import { Backoff, MAX_ATTEMPTS } from "./backoff.js";
import type { CdnClient } from "./cdn-client.js";
import { DownloadError } from "./download-error.js";
import type { DownloadUrl } from "./download-url.js";
import type { CdnResponse } from "./http-get.js";

/** Where a download writes an asset. */
interface DownloadTarget {
  /** Knows what is missing. `write` updates it. */
  readonly chunks: ChunkTracker;
  /** Writes and digests bytes. Returns a promise only if that takes time. */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined;
}

function wrongLength(foundBytes: number): DownloadError {
  return new DownloadError(`says that the file has ${foundBytes} bytes`, { foundBytes });
}

/** Where in the asset the response's body begins. Throws if the headers show that it is another file. */
function bodyStart({ status, header }: CdnResponse, { bytes }: PackageAsset, { start }: ByteRange): number {
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header("content-range") ?? "") ?? [];
    if (from === undefined || Number(from) !== start)
      throw new DownloadError("sent another range than it was asked for");
    if (total !== "*" && Number(total) !== bytes) throw wrongLength(Number(total));
    return start;
  }
  if (status === 416) {
    const [, total] = /^bytes \*\/(\d+)$/.exec(header("content-range") ?? "") ?? [];
    throw total === undefined
      ? new DownloadError("answered HTTP 416", { status })
      : wrongLength(Number(total));
  }
  if (status !== 200) throw new DownloadError(`answered HTTP ${status}`, { status });
  const length = header("content-length");
  if (length !== undefined && Number(length) !== bytes) throw wrongLength(Number(length));
  return 0;
}

/** Fetches missing bytes, or as many of them as come. */
async function fetchRange(
  target: DownloadTarget,
  range: ByteRange,
  url: string,
  cdn: CdnClient,
): Promise<void> {
  const { asset } = target.chunks;
  const { bytes } = asset;
  const isWholeFile = range.start === 0 && range.end === bytes;
  const headers: Record<string, string> = isWholeFile
    ? {}
    : { range: `bytes=${range.start}-${range.end - 1}` };
  await cdn.get(url, headers, async (response) => {
    // A CDN that ignores the range sends the whole file. Its bytes before and after the range are skipped.
    let position = bodyStart(response, asset, range);
    await response.read((part) => {
      const partStart = position;
      position += part.length;
      const from = Math.max(0, range.start - partStart);
      const wanted = part.subarray(from, Math.max(0, range.end - partStart));
      const writing = wanted.length > 0 ? target.write(wanted, partStart + from) : undefined;
      if (position > bytes) {
        target.chunks.rejectLastChunk();
        throw new DownloadError("sends more after the end of the file", { foundBytes: position });
      }
      const more = position < range.end || range.end === bytes;
      return writing ? writing.then(() => more) : more;
    });
    if (position < range.end) throw new DownloadError(`ended at byte ${position} of ${bytes}`);
  });
}

/** The error after the last attempt. */
function finalError(
  asset: PackageAsset,
  failure: DownloadError | undefined,
  mismatch: ChunkMismatch | undefined,
): IngestError {
  const { path, bytes, algorithm } = asset;
  if (failure?.foundBytes !== undefined) {
    const message = `${path}: the CDN ${failure.message}, the manifest says ${bytes} bytes. Given up after ${MAX_ATTEMPTS} attempts.`;
    return new IngestError("corrupt", message, {
      path,
      expected: `${bytes}`,
      found: `${failure.foundBytes}`,
    });
  }
  if (failure === undefined && mismatch !== undefined) {
    const { chunk, expected, found } = mismatch;
    const where = `chunk ${chunk} (of ${asset.digests.length}, counted from 0)`;
    const message = `${path}: ${where} is wrong after ${MAX_ATTEMPTS} attempts: expected ${algorithm} ${expected}, found ${found}.`;
    return new IngestError("corrupt", message, { path, ...mismatch });
  }
  const message = `${path}: the CDN ${failure?.message}. Given up after ${MAX_ATTEMPTS} attempts without progress.`;
  return new IngestError("download", message, { path });
}

/**
 * Downloads the bytes that an asset still lacks. Continues where a connection broke, renews a URL that is refused, and
 * fetches a wrong chunk again without its neighbours.
 *
 * @throws IngestError with reason `download` or `corrupt` after five attempts without progress
 */
export async function downloadAsset(target: DownloadTarget, url: DownloadUrl, cdn: CdnClient): Promise<void> {
  const { chunks } = target;
  const { asset, mismatches } = chunks;
  const backoff = new Backoff(cdn.clock, cdn.signal);
  const wrongBefore = new Set<number>();
  let isUrlNew = false;
  for (let range = chunks.nextMissing(); range !== undefined; range = chunks.nextMissing()) {
    const { rightChunks } = chunks;
    mismatches.length = 0;
    let failure: DownloadError | undefined;
    try {
      await fetchRange(target, range, await url.get(), cdn);
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      failure = error;
    }
    const mismatch = mismatches.at(-1);
    for (const { chunk } of mismatches) wrongBefore.add(chunk);
    // Bytes of a chunk that was wrong before count as progress only once its digest is right.
    const isSuspect = wrongBefore.has(Math.floor(range.start / asset.chunkSize));
    const hasAdvanced = (chunks.nextMissing()?.start ?? range.end) > range.start;
    if (chunks.rightChunks > rightChunks || (hasAdvanced && !isSuspect)) backoff.reset();
    const isUrlRefused = failure?.isUrlRefused === true;
    // A URL may expire at any time, so this counts as a failed attempt only if a new URL is refused too.
    const hasExpired = isUrlRefused && !isUrlNew;
    isUrlNew = isUrlRefused;
    if (isUrlRefused) await url.renew();
    if ((failure && !hasExpired) || mismatch)
      await backoff.failed(() => finalError(asset, failure, mismatch));
  }
}
