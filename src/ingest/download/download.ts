import type { Clock } from "../../clock.js";
import { IngestError } from "../errors.js";
import type { AssetFile, Gap, Mismatch } from "../folder/asset-file.js";
import type { Asset } from "../package/manifest.js";
import type { Cdn, CdnResponse } from "./cdn.js";
import { Patience, TRIES } from "./patience.js";
import type { SignedUrl } from "./signed-url.js";
import { TransferError } from "./transfer-error.js";

/** What downloads need of their ingest. */
export interface DownloadContext {
  cdn: Cdn;
  clock: Clock;
  signal: AbortSignal;
}

/** Where in the asset the response's body begins; throws where its headers tell that it is another file. */
function bodyStart({ status, header }: CdnResponse, { bytes }: Asset, { start }: Gap): number {
  if (status === 206) {
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header("content-range") ?? "") ?? [];
    if (from === undefined || Number(from) !== start)
      throw new TransferError("sent another range than was asked for");
    if (total !== "*" && Number(total) !== bytes) throw wrongLength(Number(total));
    return start;
  }
  if (status === 416) {
    const [, total] = /^bytes \*\/(\d+)$/.exec(header("content-range") ?? "") ?? [];
    throw total === undefined
      ? new TransferError("answered HTTP 416", { status })
      : wrongLength(Number(total));
  }
  if (status !== 200) throw new TransferError(`answered HTTP ${status}`, { status });
  const length = header("content-length");
  if (length !== undefined && Number(length) !== bytes) throw wrongLength(Number(length));
  return 0;
}

function wrongLength(foundBytes: number): TransferError {
  return new TransferError(`says the file has ${foundBytes} bytes`, { foundBytes });
}

/** Fetches one gap, or as much of it as comes. */
async function fetchGap(file: AssetFile, gap: Gap, url: string, { cdn }: DownloadContext): Promise<void> {
  const { bytes } = file.asset;
  const wholeFile = gap.start === 0 && gap.end === bytes;
  const range: Record<string, string> = wholeFile ? {} : { range: `bytes=${gap.start}-${gap.end - 1}` };
  await cdn.get(url, range, async (response) => {
    // A CDN that ignores the range sends the whole file: its bytes before and after the gap are passed over.
    let position = bodyStart(response, file.asset, gap);
    await response.read((part) => {
      const began = position;
      position += part.length;
      const wanted = part.subarray(Math.max(0, gap.start - began), Math.max(0, gap.end - began));
      const writing = wanted.length > 0 ? file.write(wanted, Math.max(began, gap.start)) : undefined;
      if (position > bytes) {
        file.distrustEnd();
        throw new TransferError("goes on after the end", { foundBytes: position });
      }
      const more = position < gap.end || gap.end === bytes;
      return writing ? writing.then(() => more) : more;
    });
    if (position < gap.end) throw new TransferError(`ended at byte ${position} of ${bytes}`);
  });
}

/** Why a download was given up, as the caller sees it. */
function giveUp(
  asset: Asset,
  failure: TransferError | undefined,
  mismatch: Mismatch | undefined,
): IngestError {
  const { path, bytes, algorithm } = asset;
  if (failure?.foundBytes !== undefined) {
    const message = `${path}: the CDN ${failure.message}, the manifest ${bytes} bytes, after ${TRIES} tries.`;
    return new IngestError("corrupt", message, {
      path,
      expected: `${bytes}`,
      found: `${failure.foundBytes}`,
    });
  }
  if (failure === undefined && mismatch !== undefined) {
    const { chunk, expected, found } = mismatch;
    const where = `chunk ${chunk} (of ${asset.digests.length}, counted from 0)`;
    const message = `${path}: ${where} is wrong after ${TRIES} tries: expected ${algorithm} ${expected}, found ${found}.`;
    return new IngestError("corrupt", message, { path, ...mismatch });
  }
  const message = `${path}: the CDN ${failure?.message}; given up after ${TRIES} tries without progress.`;
  return new IngestError("download", message, { path });
}

/**
 * Downloads what a file lacks: goes on where a connection broke off, renews a URL that is refused, and fetches a
 * wrong chunk again alone.
 *
 * @throws IngestError with reason `download` or `corrupt` after five tries without progress
 */
export async function downloadAsset(
  file: AssetFile,
  url: SignedUrl,
  context: DownloadContext,
): Promise<void> {
  const patience = new Patience(context.clock, context.signal);
  const suspects = new Set<number>();
  let renewed = false;
  for (let gap = file.nextGap(); gap !== undefined; gap = file.nextGap()) {
    const rightBefore = file.rightChunks;
    file.mismatches.length = 0;
    let failure: TransferError | undefined;
    try {
      await fetchGap(file, gap, await url.get(), context);
    } catch (error) {
      if (!(error instanceof TransferError)) throw error;
      failure = error;
    }
    const mismatch = file.mismatches.at(-1);
    for (const { chunk } of file.mismatches) suspects.add(chunk);
    // Bytes of a chunk that was wrong before are no progress until its digest is right.
    const suspect = suspects.has(Math.floor(gap.start / file.asset.chunkSize));
    const advanced = (file.nextGap()?.start ?? gap.end) > gap.start;
    if (file.rightChunks > rightBefore || (advanced && !suspect)) patience.progressed();
    const ranOut = failure?.urlRefused === true && !renewed;
    renewed = failure?.urlRefused === true;
    if (renewed) await url.renew();
    // A URL may run out at any time: only if the new one is refused too does it count as a failed try.
    if ((failure && !ranOut) || mismatch) await patience.failed(() => giveUp(file.asset, failure, mismatch));
  }
}
