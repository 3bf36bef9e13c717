import type { ByteRange } from "../package/chunk-tracker.js";
import type { BufferPool } from "./buffer-pool.js";
import { assetInfo, type ExpectedContent, FINGERPRINT, fingerprintOf } from "./content.js";
import type { S3Objects } from "./objects.js";
import type { ListedUpload, S3Uploads } from "./uploads.js";

/** Says which bytes of an asset are right. */
interface ContentCheck {
  /** Whether all digests of the chunks from `start` to `end` are right. */
  isRight(range: ByteRange): boolean;
  /** Called when bytes that were written before have to be written again. */
  onDropped(range: ByteRange): void;
}

/** Stores one asset. */
export interface AssetWriter {
  /** Whether the asset is stored already. Then nothing is to be written. */
  readonly isComplete: boolean;
  /** Bytes that an earlier run stored and checked, in order. They need not be written. */
  readonly kept: readonly ByteRange[];
  /**
   * Takes bytes that have been digested. They follow those of the call before, or begin at a chunk's first byte. Returns
   * a promise only if that takes time; then the next call has to wait for it.
   */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined;
  /** Makes the object appear, after all bytes were written and are right. */
  finish(): Promise<void>;
  /** Frees the memory. What was not finished stays in the store for the next run, where that is possible. */
  close(): Promise<void>;
}

/** What all assets of one ingest share. */
export interface WriterContext {
  readonly objects: S3Objects;
  readonly uploads: S3Uploads;
  readonly pool: BufferPool;
  /** The objects that there were at the start: their sizes by key. */
  readonly found: ReadonlyMap<string, number>;
  /** The open uploads that there were at the start, by key, the newest first. */
  readonly openUploads: ReadonlyMap<string, readonly ListedUpload[]>;
}

/** What is stored for one asset. */
export interface AssetTarget {
  readonly key: string;
  readonly content: ExpectedContent;
  readonly check: ContentCheck;
}

/** Whether a checked object with this content is there, as its metadata and its size say. */
export async function hasContent(
  objects: S3Objects,
  key: string,
  content: ExpectedContent,
  bucket?: string,
): Promise<boolean> {
  const object = await objects.head(key, bucket);
  return object?.bytes === content.bytes && object.metadata[FINGERPRINT] === fingerprintOf(content);
}

/** An asset that is stored already. */
export const COMPLETE_ASSET: AssetWriter = {
  isComplete: true,
  kept: [],
  write: () => undefined,
  finish: async () => undefined,
  close: async () => undefined,
};

/** An asset small enough to be held in memory and stored by one request. */
export class SmallAssetWriter implements AssetWriter {
  readonly isComplete = false;
  readonly kept: readonly ByteRange[] = [];
  readonly #context: WriterContext;
  readonly #target: AssetTarget;
  #buffer: Awaited<ReturnType<BufferPool["take"]>> | undefined;

  constructor(context: WriterContext, target: AssetTarget) {
    this.#context = context;
    this.#target = target;
  }

  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    if (!this.#buffer) return this.#begin(bytes, position);
    this.#buffer.bytes.set(bytes, position);
    return undefined;
  }

  async #begin(bytes: Uint8Array, position: number): Promise<void> {
    const { pool, objects } = this.#context;
    this.#buffer = await pool.take(this.#target.content.bytes, objects.requests.signal);
    this.#buffer.bytes.set(bytes, position);
  }

  async finish(): Promise<void> {
    const { key, content } = this.#target;
    if (!this.#buffer) throw new Error(`${key}: finished before it was written`);
    await this.#context.objects.put(key, this.#buffer.bytes, assetInfo(fingerprintOf(content)));
  }

  async close(): Promise<void> {
    this.#buffer?.release();
    this.#buffer = undefined;
  }
}
