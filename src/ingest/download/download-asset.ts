import { IngestError } from "../errors.js";
import type { ByteRange, ChunkMismatch, ChunkTracker } from "../package/chunk-tracker.js";
import type { PackageAsset } from "../package/parse-manifest.js";
import { Attempts, GIVEN_UP, MAX_WRONG_ATTEMPTS } from "./attempts.js";
import type { CdnClient } from "./cdn-client.js";
import { DownloadError } from "./download-error.js";
import type { DownloadUrl } from "./download-url.js";
import type { CdnResponse } from "./http-get.js";

// How often a URL is renewed before this many bytes, or a right chunk, came by the new URLs.
const MAX_RENEWALS = 5;
const RENEWAL_BYTES = 16 * 1024;

interface DownloadTarget {
  /** Knows what is missing. `write` updates it. */
  readonly chunks: ChunkTracker;
  /** Writes and digests bytes. Returns a promise only if that takes time. */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined;
  /** Whether the bytes' memory may be freed after `write`. */
  readonly copiesBytes?: boolean | undefined;
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
    if (total !== undefined && Number(total) !== bytes) throw wrongLength(Number(total));
  }
  if (status !== 200) throw new DownloadError(`answered HTTP ${status}`, { status });
  const length = header("content-length");
  if (length !== undefined && Number(length) !== bytes) throw wrongLength(Number(length));
  return 0;
}

/** Fetches a range. If the connection breaks, what came before stays. */
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
      if (wanted.length > 0) cdn.health.received();
      const writing = wanted.length > 0 ? target.write(wanted, partStart + from) : undefined;
      const wantsMore = () => {
        if (position <= bytes) return position < range.end || range.end === bytes;
        target.chunks.rejectLastChunk();
        throw new DownloadError("sends more after the end of the file", { foundBytes: position });
      };
      return writing ? writing.then(wantsMore) : wantsMore();
    }, target.copiesBytes);
    if (position < range.end) throw new DownloadError(`ended at byte ${position} of ${bytes}`);
  });
}

/** {@link fetchRange}. Returns the failure after which another attempt may succeed, if there is one. */
async function tryFetchRange(...range: Parameters<typeof fetchRange>): Promise<DownloadError | undefined> {
  try {
    await fetchRange(...range);
    return undefined;
  } catch (error) {
    if (error instanceof DownloadError) return error;
    throw error;
  }
}

function givenUpError({ path }: PackageAsset, failure: DownloadError | undefined): IngestError {
  return new IngestError("download", `${path}: the CDN ${failure?.message}. ${GIVEN_UP}`, { path });
}

/** The error after the last wrong answer. */
function corruptError(
  { path, bytes, algorithm, digests }: PackageAsset,
  foundBytes: number | undefined,
  mismatch: ChunkMismatch | undefined,
): IngestError {
  if (foundBytes !== undefined || mismatch === undefined) {
    const problem = `the CDN says that the file has ${foundBytes} bytes, the manifest says ${bytes}`;
    const message = `${path}: ${problem}. Given up after ${MAX_WRONG_ATTEMPTS} attempts.`;
    return new IngestError("corrupt", message, { path, expected: `${bytes}`, found: `${foundBytes}` });
  }
  const { chunk, expected, found } = mismatch;
  const where = `chunk ${chunk} (of ${digests.length}, counted from 0)`;
  const message = `${path}: ${where} is wrong after ${MAX_WRONG_ATTEMPTS} attempts: expected ${algorithm} ${expected}, found ${found}.`;
  return new IngestError("corrupt", message, { path, ...mismatch });
}

/** Limits how often one download asks the API for a new URL. */
class Renewals {
  readonly #url: DownloadUrl;
  #count = 0;
  /** Bytes that came since the first of them. */
  #bytes = 0;

  constructor(url: DownloadUrl) {
    this.#url = url;
  }

  /** Bytes came, or a chunk turned out right. */
  progress(bytes: number, isChunkRight: boolean): void {
    this.#bytes += bytes;
    if (isChunkRight || this.#bytes >= RENEWAL_BYTES) this.#count = 0;
    if (this.#count === 0) this.#bytes = 0;
  }

  /** Whether the CDN refuses each new URL after a few bytes: renewing could go on for hours. */
  get shouldGiveUp(): boolean {
    return this.#count >= MAX_RENEWALS && this.#bytes > 0;
  }

  /**
   * Gets a new URL, unless {@link MAX_RENEWALS} in a row did not help. Returns whether it is the first one since there was
   * progress.
   */
  async renew(): Promise<boolean> {
    if (this.#count >= MAX_RENEWALS) return false;
    this.#count += 1;
    await this.#url.renew();
    return this.#count === 1;
  }
}

/**
 * Downloads the bytes that an asset still lacks. Continues where a connection broke, renews a URL that is refused, and
 * fetches a wrong chunk again without its neighbours.
 *
 * @throws IngestError with reason `download` after 60 s in which no download of the ingest received a byte, with reason
 * `corrupt` after five wrong answers in a row
 */
export async function downloadAsset(target: DownloadTarget, url: DownloadUrl, cdn: CdnClient): Promise<void> {
  const { chunks } = target;
  const { asset, mismatches } = chunks;
  const attempts = new Attempts(cdn);
  const renewals = new Renewals(url);
  /** The chunks that were wrong at least once. */
  const suspects = new Set<number>();
  for (let range = chunks.nextMissing(); range !== undefined; range = chunks.nextMissing()) {
    const rightBefore = chunks.rightChunks;
    mismatches.length = 0;
    const failure = await tryFetchRange(target, range, await url.get(), cdn);
    if (chunks.complete) return;

    // Did this attempt bring the download further?
    for (const { chunk } of mismatches) suspects.add(chunk);
    const isChunkRight = chunks.rightChunks > rightBefore;
    const reached = chunks.nextMissing()?.start ?? range.end;
    // A CDN may send the same wrong bytes again and again, so those of a suspect count only once its digest is right.
    const isSuspect = suspects.has(Math.floor(range.start / asset.chunkSize));
    const bytesGained = isSuspect ? 0 : Math.max(0, reached - range.start);
    renewals.progress(bytesGained, isChunkRight);
    if (isChunkRight || bytesGained > 0) attempts.reset();

    // What comes before the next attempt: a new URL, or a wait.
    const giveUp = () => givenUpError(asset, failure);
    if (failure?.isUrlRefused) {
      if (renewals.shouldGiveUp) throw giveUp();
      // A URL may expire at any time, so this counts as a failed attempt only if a new URL is refused too.
      if (await renewals.renew()) continue;
    }
    const mismatch = mismatches.at(-1);
    const foundBytes = failure?.foundBytes;
    if (mismatch || foundBytes !== undefined) {
      await attempts.gotWrongBytes(() => corruptError(asset, foundBytes, mismatch));
    } else if (failure) {
      await attempts.failed(giveUp);
    }
  }
}
