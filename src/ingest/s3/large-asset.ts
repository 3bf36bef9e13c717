import { IngestError } from "../errors.js";
import type { ByteRange } from "../package/chunk-tracker.js";
import type { AssetWriter } from "../store.js";
import { type AssetTarget, hasContent, type WriterContext } from "./asset-writer.js";
import type { PoolBuffer } from "./buffer-pool.js";
import { type PartPlan, partRange, planParts } from "./part-plan.js";
import { assetBody } from "./request-body.js";
import { createUpload, findUpload, type MarkedUpload } from "./upload-marker.js";
import type { OpenUpload } from "./uploads.js";

/** The part that is being filled. */
interface FillingPart {
  readonly range: ByteRange;
  readonly buffer: PoolBuffer;
  filled: number;
}

/** Ranges in order, those that touch each other as one. */
function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last?.end === start) merged[merged.length - 1] = { start: last.start, end };
    else merged.push({ start, end });
  }
  return merged;
}

/**
 * Stores an asset as a multipart upload: fills one part in memory, and sends it while the next one is filled, or drops it
 * if its bytes are wrong. The upload is completed only after every byte was found right. See {@link PartPlan} for the parts
 * that a later run keeps.
 */
export class LargeAssetWriter implements AssetWriter {
  readonly isReused = false;
  readonly copiesBytes = true;
  readonly kept: readonly ByteRange[];
  readonly #context: WriterContext;
  readonly #target: AssetTarget;
  readonly #plan: PartPlan;
  readonly #etags: Map<number, string>;
  /** The parts that are being sent, by number. */
  readonly #sending = new Map<number, Promise<void>>();
  #upload: MarkedUpload | undefined;
  #filling: FillingPart | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Another worker has completed or ended the upload. */
  #isLost = false;

  private constructor(
    context: WriterContext,
    target: AssetTarget,
    plan: PartPlan,
    resumed: Awaited<ReturnType<typeof findUpload>>,
  ) {
    this.#context = context;
    this.#target = target;
    this.#plan = plan;
    this.#upload = resumed;
    this.#etags = new Map(resumed?.parts.map(({ number, etag }) => [number, etag]));
    this.kept = mergeRanges([...this.#etags.keys()].map((number) => this.#partRange(number)));
  }

  static async open(context: WriterContext, target: AssetTarget): Promise<LargeAssetWriter> {
    const plan = planParts(target.content);
    return new LargeAssetWriter(context, target, plan, await findUpload(context, target, plan));
  }

  #partRange(number: number): ByteRange {
    return partRange(this.#plan, this.#target.content.bytes, number);
  }

  /** What has to be written again if a part is: with parts that cannot be checked, everything. */
  #unitOf({ start, end }: ByteRange): ByteRange {
    return this.#plan.isChecked ? { start, end } : { start: 0, end: this.#target.content.bytes };
  }

  /** The part that is being filled, if the byte at `position` is its next one. */
  #fillingAt(position: number): FillingPart | undefined {
    const part = this.#filling;
    return part && part.range.start + part.filled === position ? part : undefined;
  }

  startFor(position: number): number {
    if (this.#fillingAt(position)) return position;
    const { partBytes } = this.#plan;
    if (position % partBytes === 0) return position;
    return this.#unitOf(this.#partRange(Math.floor(position / partBytes) + 1)).start;
  }

  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    const part = this.#fillingAt(position);
    if (!part || position + bytes.length >= part.range.end) return this.#writeAcross(bytes, position);
    part.buffer.bytes.set(bytes, part.filled);
    part.filled += bytes.length;
    return undefined;
  }

  /** Writes bytes that begin a part or fill one, which takes time. */
  async #writeAcross(bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const part = await this.#partAt(position + written);
      const { start, end } = part.range;
      const piece = bytes.subarray(written, written + end - start - part.filled);
      part.buffer.bytes.set(piece, part.filled);
      part.filled += piece.length;
      written += piece.length;
      if (start + part.filled < end) continue;
      this.#filling = undefined;
      try {
        await this.#sendFull(part);
      } catch (error) {
        part.buffer.release();
        throw error;
      }
    }
  }

  /** The part that the byte at `position` belongs to. Another one that was being filled is dropped. */
  async #partAt(position: number): Promise<FillingPart> {
    if (this.#failure) throw this.#failure.error;
    const next = this.#fillingAt(position);
    if (next) return next;
    const current = this.#filling;
    if (current) {
      // A part that is on its way must not arrive after the one that replaces it.
      await Promise.all(this.#sending.values());
      this.#drop(current);
    }
    const { partBytes } = this.#plan;
    if (position % partBytes !== 0) throw new Error(`${this.#target.key}: byte ${position} begins no part`);
    const range = this.#partRange(position / partBytes + 1);
    const { pool, objects } = this.#context;
    // All that this writer has of the pool now is being sent, so no two writers wait for each other. The last part is
    // smaller, but buffers of one size are used again.
    const buffer = await pool.take(partBytes, objects.requests.signal);
    this.#filling = { range, buffer, filled: 0 };
    return this.#filling;
  }

  /** Forgets a part, with the others that have to be written again with it. */
  #drop({ range, buffer }: FillingPart): void {
    buffer.release();
    this.#filling = undefined;
    const unit = this.#unitOf(range);
    const { partBytes } = this.#plan;
    for (let start = unit.start; start < unit.end; start += partBytes)
      this.#etags.delete(start / partBytes + 1);
    this.#target.check.onDropped(unit);
  }

  /** Sends a part, unless its bytes are known to be wrong. Returns before it is sent. */
  async #sendFull(part: FillingPart): Promise<void> {
    const { start, end } = part.range;
    const unit = this.#unitOf(part.range);
    if (end === unit.end && !this.#target.check.isRight(unit)) {
      await Promise.all(this.#sending.values());
      return this.#drop(part);
    }
    this.#upload ??= await createUpload(this.#context, this.#target, this.#plan);
    const { upload } = this.#upload;
    const number = start / this.#plan.partBytes + 1;
    const { buffer, filled } = part;
    // What is stored must never be older bytes of this part.
    const sending = Promise.resolve(this.#sending.get(number))
      .then(() => this.#send(upload, number, buffer.bytes.subarray(0, filled)))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        buffer.release();
        if (this.#sending.get(number) === sending) this.#sending.delete(number);
      });
    this.#sending.set(number, sending);
  }

  async #send(upload: OpenUpload, number: number, bytes: Uint8Array): Promise<void> {
    if (this.#failure || this.#isLost) return;
    const body = assetBody(this.#target.content, this.#partRange(number), bytes);
    const etag = await this.#context.uploads.putPart(upload, number, body);
    if (etag === undefined) await this.#checkLost();
    else this.#etags.set(number, etag);
  }

  /**
   * Called when the upload is gone. If another worker has completed it, the asset is there.
   *
   * @throws IngestError with reason `store` if it is not
   */
  async #checkLost(): Promise<void> {
    const { objects } = this.#context;
    const { key, content } = this.#target;
    this.#isLost = this.#isLost || (await hasContent(objects, key, content));
    if (this.#isLost) return;
    const message = `s3://${objects.requests.bucket}/${key}: its upload was ended or changed by another program. Run again.`;
    throw new IngestError("store", message);
  }

  async finish(): Promise<void> {
    await Promise.all(this.#sending.values());
    if (this.#failure) throw this.#failure.error;
    if (!this.#isLost) await this.#complete();
    const marker = this.#upload?.marker;
    if (marker) await this.#context.uploads.abort(marker);
  }

  async #complete(): Promise<void> {
    const { uploads } = this.#context;
    const parts = [...this.#etags].map(([number, etag]) => ({ number, etag }));
    if (!this.#upload || parts.length !== this.#plan.parts)
      throw new Error(`${this.#target.key}: finished before it was written`);
    const { upload } = this.#upload;
    if (await uploads.complete(upload, parts)) return;
    try {
      await this.#checkLost();
    } catch (error) {
      // Its parts are not those that were sent, so a later run must not keep them.
      await uploads.abort(upload);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#filling?.buffer.release();
    this.#filling = undefined;
    await Promise.all(this.#sending.values());
  }
}
