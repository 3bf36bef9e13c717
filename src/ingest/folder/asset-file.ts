import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, fsync, ftruncateSync, lstatSync, openSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { type Checksum, ChunkHash, readRange } from "../package/digest.js";
import type { Asset } from "../package/manifest.js";
import { diskCode } from "./disk.js";
import { Writer } from "./writer.js";

/** Bytes [start, end) that the file still lacks; `start` may lie inside a chunk whose first bytes are there. */
export interface Gap {
  start: number;
  end: number;
}

/** A chunk that arrived with other bytes than the manifest demands. */
export interface Mismatch {
  chunk: number;
  expected: string;
  found: string;
}

const fsyncAsync = promisify(fsync);

/** The new file's descriptor, or undefined if there is a file already. */
function createFile(path: string): number | undefined {
  try {
    return openSync(path, "wx+");
  } catch (error) {
    if (diskCode(error) === "EEXIST") return undefined;
    throw error;
  }
}

/**
 * An asset's file in staging, complete or on its way: knows by digest which chunks are right. Whatever was on disk
 * is read once when it is opened; what is written is digested as it passes.
 *
 * Opening and closing take microseconds, less than asking another thread to do it, and there may be thousands of files.
 * What may take longer, reading and syncing, is left to other threads.
 */
export class AssetFile {
  readonly asset: Asset;
  /** Chunks that turned out wrong, in the order they did. */
  readonly mismatches: Mismatch[] = [];
  readonly #path: string;
  readonly #onBytes: (bytes: number) => void;
  readonly #signal: AbortSignal;
  /** For each chunk, 1 if it is right. */
  readonly #right: Uint8Array;
  #rightChunks = 0;
  readonly #checksum: Checksum | undefined;
  readonly #writer = new Writer();
  #fd: number;
  #linked = false;
  /** The chunk on its way; kept when a connection breaks off, so that the next goes on at its position. */
  #partial: ChunkHash | undefined;
  /** Digest of the file so far, where one of the whole is wanted, and as long as bytes came in order. */
  #whole: { hash: Hash; position: number } | undefined;

  private constructor(
    asset: Asset,
    path: string,
    fd: number,
    options: { checksum: Checksum | undefined; onBytes: (bytes: number) => void; signal: AbortSignal },
  ) {
    this.asset = asset;
    this.#path = path;
    this.#fd = fd;
    this.#onBytes = options.onBytes;
    this.#signal = options.signal;
    this.#checksum = options.checksum;
    this.#right = new Uint8Array(asset.digests.length);
    this.#startWhole();
  }

  /**
   * Opens or creates the file and digests what is there.
   *
   * @param options.onBytes is told the bytes gained, less than zero when a chunk turns out wrong
   */
  static async open(
    asset: Asset,
    path: string,
    options: { checksum: Checksum | undefined; onBytes: (bytes: number) => void; signal: AbortSignal },
  ): Promise<AssetFile> {
    const created = createFile(path);
    if (created !== undefined) return new AssetFile(asset, path, created, options);
    // A file shared with another folder is only read, which is all that its permissions may allow.
    const linked = lstatSync(path).nlink > 1;
    const flags = (linked ? constants.O_RDONLY : constants.O_RDWR) | (constants.O_NOFOLLOW ?? 0);
    const file = new AssetFile(asset, path, openSync(path, flags), options);
    file.#linked = linked;
    try {
      await file.#scan();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** How many chunks are right. */
  get rightChunks(): number {
    return this.#rightChunks;
  }

  /** Whether the file shares its bytes with one in another folder. */
  get linked(): boolean {
    return this.#linked;
  }

  /** Whether all chunks are right. */
  get complete(): boolean {
    return this.#rightChunks === this.#right.length;
  }

  #mark(chunk: number, right: boolean): void {
    this.#rightChunks += Number(right) - (this.#right[chunk] ?? 0);
    this.#right[chunk] = Number(right);
  }

  async #scan(): Promise<void> {
    const { size } = fstatSync(this.#fd);
    // Bytes after the end would pass every chunk's digest.
    if (size > this.asset.bytes && !this.#linked) ftruncateSync(this.#fd, this.asset.bytes);
    const here = Math.min(size, this.asset.bytes);
    await readRange(this.#fd, 0, here, (bytes, position) => this.#digest(bytes, position), this.#signal);
    this.mismatches.length = 0;
    if (this.#linked && !(this.complete && size === this.asset.bytes)) this.#startOver();
  }

  /** Leaves a file that shares its bytes with another folder to that folder, and begins a new one. */
  #startOver(): void {
    closeSync(this.#fd);
    rmSync(this.#path);
    this.#fd = openSync(this.#path, "wx+");
    this.#linked = false;
    this.#onBytes(-this.#bytesHere());
    this.#right.fill(0);
    this.#rightChunks = 0;
    this.#partial = undefined;
    this.#startWhole();
  }

  #startWhole(): void {
    const { digests, algorithm } = this.asset;
    const isChunk = digests.length === 1 && this.#checksum?.algorithm === algorithm;
    this.#whole =
      this.#checksum && !isChunk ? { hash: createHash(this.#checksum.algorithm), position: 0 } : undefined;
  }

  #chunkLength(chunk: number): number {
    const { chunkSize, bytes } = this.asset;
    return Math.min(chunkSize, bytes - chunk * chunkSize);
  }

  #bytesHere(): number {
    let bytes = this.#partial ? this.#partial.position % this.asset.chunkSize : 0;
    for (const [chunk, right] of this.#right.entries()) if (right) bytes += this.#chunkLength(chunk);
    return bytes;
  }

  /** The next bytes to fetch: a run of missing chunks, or the rest of the one that broke off. */
  nextGap(): Gap | undefined {
    const first = this.#right.indexOf(0);
    if (first === -1) return undefined;
    const { chunkSize, bytes } = this.asset;
    const next = this.#right.indexOf(1, first);
    const end = next === -1 ? bytes : next * chunkSize;
    const partial = this.#partial?.position ?? 0;
    const goesOn = Math.floor(partial / chunkSize) === first;
    return { start: goesOn ? partial : first * chunkSize, end };
  }

  /** Writes bytes of the gap that {@link nextGap} gave, in order; gives a promise only if that takes time. */
  write(bytes: Uint8Array, position: number): Promise<void> | undefined {
    // First, as it can throw what the caller's onProgress throws: no write may be under way then.
    this.#digest(bytes, position);
    return this.#writer.write(this.#fd, bytes, position);
  }

  #digest(bytes: Uint8Array, position: number): void {
    const { algorithm, chunkSize, digests, bytes: end } = this.asset;
    if (this.#partial?.position !== position) {
      if (this.#partial) this.#onBytes(-(this.#partial.position % chunkSize));
      this.#partial = new ChunkHash(algorithm, chunkSize, Math.floor(position / chunkSize));
    }
    if (this.#whole?.position === position) {
      this.#whole.hash.update(bytes);
      this.#whole.position += bytes.length;
    }
    this.#onBytes(bytes.length);
    this.#partial.update(bytes, end, (chunk, found) => {
      const expected = digests[chunk] ?? "";
      if (found === expected) {
        this.#mark(chunk, true);
        return;
      }
      this.mismatches.push({ chunk, expected, found });
      this.#onBytes(-this.#chunkLength(chunk));
      this.#whole = undefined;
    });
    // A hash that stands at a chunk's first byte holds nothing worth keeping.
    if (this.#partial.position % chunkSize === 0 || this.#partial.position === end) this.#partial = undefined;
  }

  /** Takes the last chunk for wrong: the file goes on after it where it should end. */
  distrustEnd(): void {
    const last = this.#right.length - 1;
    if (this.#right[last]) this.#onBytes(-this.#chunkLength(last));
    this.#mark(last, false);
  }

  /** The whole file's digest where it differs from the checksum it should have. Only for a complete file. */
  async checksumFound(): Promise<string | undefined> {
    if (this.#checksum === undefined) return undefined;
    const { algorithm, hex } = this.#checksum;
    const { digests, bytes } = this.asset;
    let found = digests[0] ?? "";
    if (digests.length > 1 || algorithm !== this.asset.algorithm) {
      let hash = this.#whole?.position === bytes ? this.#whole.hash : undefined;
      if (hash === undefined) {
        // Chunks came out of order: read it once more.
        const fresh = createHash(algorithm);
        await readRange(this.#fd, 0, bytes, (part) => void fresh.update(part), this.#signal);
        hash = fresh;
      }
      found = hash.digest("hex");
    }
    return found === hex ? undefined : found;
  }

  /** Sees to it that the bytes survive a power cut. */
  async sync(): Promise<void> {
    await fsyncAsync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
