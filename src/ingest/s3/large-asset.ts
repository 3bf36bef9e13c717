import { IngestError } from "../errors.js";
import type { ByteRange } from "../package/chunk-tracker.js";
import type { AssetWriter } from "../store.js";
import { type AssetTarget, hasContent, type WriterContext } from "./asset-writer.js";
import type { PoolBuffer } from "./buffer-pool.js";
import { assetInfo, fingerprintOf } from "./content.js";
import { type PartPlan, planParts } from "./part-plan.js";
import { keptParts, uploadMarker } from "./upload-marker.js";
import type { OpenUpload, UploadedPart } from "./uploads.js";

/** The part that is being filled. */
interface FillingPart {
  readonly range: ByteRange;
  readonly buffer: PoolBuffer;
  filled: number;
}

/** An open upload of an earlier run, with the parts that can be kept. */
interface ResumableUpload {
  readonly upload: OpenUpload;
  readonly parts: readonly UploadedPart[];
}

/** Looks for the open upload of this content that has most of it. */
async function findUpload(
  { uploads, openUploads }: WriterContext,
  { key, content }: AssetTarget,
  plan: PartPlan,
): Promise<ResumableUpload | undefined> {
  if (plan.unitBytes >= content.bytes) return undefined;
  const marker = uploadMarker(content, plan);
  let best: ResumableUpload | undefined;
  for (const upload of openUploads.get(key) ?? []) {
    const parts = keptParts(await uploads.listParts(upload), plan, marker);
    if (parts.length > (best?.parts.length ?? 0)) best = { upload, parts };
  }
  return best;
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
 * Stores an asset as a multipart upload, with one part in memory while it is filled and a few while they are sent. The
 * upload is completed only after every byte was found right. See {@link PartPlan} for the order of the parts, which lets
 * a later run keep them.
 */
export class LargeAssetWriter implements AssetWriter {
  readonly isReused = false;
  readonly kept: readonly ByteRange[];
  readonly #context: WriterContext;
  readonly #target: AssetTarget;
  readonly #plan: PartPlan;
  readonly #etags: Map<number, string>;
  readonly #sending = new Map<number, Promise<void>>();
  #upload: OpenUpload | undefined;
  #filling: FillingPart | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** Another worker has completed or ended the upload. */
  #isLost = false;

  private constructor(
    context: WriterContext,
    target: AssetTarget,
    plan: PartPlan,
    resumed: ResumableUpload | undefined,
  ) {
    this.#context = context;
    this.#target = target;
    this.#plan = plan;
    this.#upload = resumed?.upload;
    this.#etags = new Map(resumed?.parts.map(({ number, etag }) => [number, etag]));
    this.kept = mergeRanges([...this.#etags.keys()].map((number) => this.#partRange(number)));
  }

  static async open(context: WriterContext, target: AssetTarget): Promise<LargeAssetWriter> {
    const plan = planParts(target.content);
    return new LargeAssetWriter(context, target, plan, await findUpload(context, target, plan));
  }

  #partRange(number: number): ByteRange {
    const { partBytes } = this.#plan;
    const start = (number - 1) * partBytes;
    return { start, end: Math.min(start + partBytes, this.#target.content.bytes) };
  }

  /** The unit that a position is in. */
  #unitAt(position: number): ByteRange {
    const { unitBytes } = this.#plan;
    const start = Math.floor(position / unitBytes) * unitBytes;
    return { start, end: Math.min(start + unitBytes, this.#target.content.bytes) };
  }

  startFor(position: number): number {
    const part = this.#filling;
    if (part && part.range.start + part.filled === position) return position;
    return position % this.#plan.partBytes === 0 ? position : this.#unitAt(position).start;
  }

  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    const part = this.#filling;
    const isInside = part && part.range.start + part.filled === position;
    if (!isInside || position + bytes.length >= part.range.end) return this.#writeAcross(bytes, position);
    part.buffer.bytes.set(bytes, part.filled);
    part.filled += bytes.length;
    return undefined;
  }

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

  /** The part that the next byte belongs to. */
  async #partAt(position: number): Promise<FillingPart> {
    if (this.#failure) throw this.#failure.error;
    const current = this.#filling;
    if (current && current.range.start + current.filled === position) return current;
    if (current) {
      // A part that is on its way must not arrive after the one that replaces it.
      await Promise.all(this.#sending.values());
      this.#drop(current);
    }
    const { partBytes } = this.#plan;
    if (position % partBytes !== 0) throw new Error(`${this.#target.key}: byte ${position} begins no part`);
    const range = this.#partRange(position / partBytes + 1);
    const { pool, objects } = this.#context;
    const buffer = await pool.take(range.end - range.start, objects.requests.signal);
    this.#filling = { range, buffer, filled: 0 };
    return this.#filling;
  }

  /** Forgets a part and the others of its unit. They have to be written again. */
  #drop({ range, buffer }: FillingPart): void {
    buffer.release();
    this.#filling = undefined;
    const unit = this.#unitAt(range.start);
    const { partBytes } = this.#plan;
    for (let start = unit.start; start < unit.end; start += partBytes)
      this.#etags.delete(start / partBytes + 1);
    this.#target.check.onDropped(unit);
  }

  /** Sends a part, unless it shows that its unit is wrong. Returns before it is sent. */
  async #sendFull(part: FillingPart): Promise<void> {
    const { start, end } = part.range;
    const number = start / this.#plan.partBytes + 1;
    const unit = this.#unitAt(start);
    const isEnd = end === unit.end;
    if (isEnd && !(await this.#isReady(number, unit))) {
      await Promise.all(this.#sending.values());
      return this.#drop(part);
    }
    // What is stored must never be older bytes of this part. And the store must have the other parts of the unit before
    // its last one, which says that the unit is right.
    const first = isEnd ? unit.start / this.#plan.partBytes + 1 : number;
    const earlier = [...this.#sending].filter(([sent]) => sent >= first && sent <= number);
    this.#upload ??= await this.#create();
    const upload = this.#upload;
    const { buffer } = part;
    const sending = Promise.all(earlier.map(([, promise]) => promise))
      .then(() => this.#send(upload, number, buffer))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        buffer.release();
        if (this.#sending.get(number) === sending) this.#sending.delete(number);
      });
    this.#sending.set(number, sending);
  }

  /** Whether the last part of a unit may be sent. */
  async #isReady(number: number, unit: ByteRange): Promise<boolean> {
    if (!this.#target.check.isRight(unit)) return false;
    if (number < this.#plan.parts) return true;
    // The file's last part replaces the marker, without which nothing can be resumed. So nothing else may be missing.
    await Promise.all(this.#sending.values());
    if (this.#failure) throw this.#failure.error;
    return this.#isLost || this.#etags.size >= this.#plan.parts - 1;
  }

  async #create(): Promise<OpenUpload> {
    const { uploads } = this.#context;
    const { key, content } = this.#target;
    const upload = await uploads.create(key, assetInfo(fingerprintOf(content)));
    const { unitBytes, parts } = this.#plan;
    if (unitBytes < content.bytes) await uploads.putPart(upload, parts, uploadMarker(content, this.#plan));
    return upload;
  }

  async #send(upload: OpenUpload, number: number, { bytes }: PoolBuffer): Promise<void> {
    if (this.#failure || this.#isLost) return;
    const etag = await this.#context.uploads.putPart(upload, number, bytes);
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
    if (this.#isLost) return;
    const { uploads } = this.#context;
    const parts = [...this.#etags].map(([number, etag]) => ({ number, etag }));
    if (!this.#upload || parts.length !== this.#plan.parts)
      throw new Error(`${this.#target.key}: finished before it was written`);
    if (await uploads.complete(this.#upload, parts)) return;
    try {
      await this.#checkLost();
    } catch (error) {
      // Its parts are not those that were sent, so a later run must not keep them.
      await uploads.abort(this.#upload);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#filling?.buffer.release();
    this.#filling = undefined;
    await Promise.all(this.#sending.values());
  }
}
