import type { ByteRange } from "../package/chunk-tracker.js";
import type { AssetWriter, ContentCheck } from "../store.js";
import type { BufferPool } from "./buffer-pool.js";
import { assetInfo, type ExpectedContent, FINGERPRINT, fingerprintOf } from "./content.js";
import type { S3Objects } from "./objects.js";
import { assetBody } from "./request-body.js";
import type { ListedUpload, S3Uploads } from "./uploads.js";

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
export function storedAsset({ bytes }: ExpectedContent): AssetWriter {
  return {
    isReused: true,
    kept: [{ start: 0, end: bytes }],
    write: () => undefined,
    finish: async () => undefined,
    close: async () => undefined,
  };
}

/** An asset small enough to be held in memory and stored by one request. */
export class SmallAssetWriter implements AssetWriter {
  readonly isReused = false;
  readonly copiesBytes = true;
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
    const body = assetBody(content, { start: 0, end: content.bytes }, this.#buffer.bytes);
    await this.#context.objects.put(key, body, assetInfo(fingerprintOf(content)));
  }

  async close(): Promise<void> {
    this.#buffer?.release();
    this.#buffer = undefined;
  }
}
