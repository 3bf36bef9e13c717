import { createHash, type Hash } from "node:crypto";
import { ChunkHash } from "./digest.js";
import type { PackageAsset } from "./parse-manifest.js";

/** The bytes from `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A chunk that has other bytes than the manifest says. */
export interface ChunkMismatch {
  /** Index of the chunk in the asset, from 0. */
  readonly chunk: number;
  /** The digest in the manifest. */
  readonly expected: string;
  readonly found: string;
}

export interface ChunkTrackerOptions {
  /** The algorithms by which a digest of the whole file is wanted. */
  readonly wholeAlgorithms: readonly string[];
  /** Called with the number of bytes gained; a negative number when a chunk turns out wrong. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Digests an asset's bytes as they are read or downloaded. It knows which chunks are right, and which bytes are still
 * missing.
 */
export class ChunkTracker {
  readonly asset: PackageAsset;
  /** Where writing has to begin to store the byte at a position. Undefined if it can begin there. */
  startFor: ((position: number) => number) | undefined;
  /** Chunks that turned out wrong, in that order. The caller empties it. */
  readonly mismatches: ChunkMismatch[] = [];
  readonly #onBytes: (bytes: number) => void;
  readonly #wholeAlgorithms: readonly string[];
  /** For each chunk, 1 if it is right. */
  readonly #right: Uint8Array;
  #rightChunks = 0;
  /** The unfinished chunk. It is kept when a connection breaks, so that the next one continues at its position. */
  #partial: ChunkHash | undefined;
  /** Digests of the whole file so far, as long as the bytes come in order. */
  #whole: { readonly hashes: ReadonlyMap<string, Hash>; position: number } | undefined;

  constructor(asset: PackageAsset, { wholeAlgorithms, onBytes }: ChunkTrackerOptions) {
    this.asset = asset;
    this.#onBytes = onBytes;
    this.#wholeAlgorithms = wholeAlgorithms;
    this.#right = new Uint8Array(asset.digests.length);
    this.#startWhole();
  }

  get rightChunks(): number {
    return this.#rightChunks;
  }

  get complete(): boolean {
    return this.#rightChunks === this.#right.length;
  }

  /** The next bytes to fetch: consecutive missing chunks, or the rest of the unfinished one. */
  nextMissing(): ByteRange | undefined {
    const first = this.#right.indexOf(0);
    if (first === -1) return undefined;
    const { chunkSize, bytes } = this.asset;
    const next = this.#right.indexOf(1, first);
    const end = next === -1 ? bytes : next * chunkSize;
    const position = this.#partial?.position ?? 0;
    const continues = Math.floor(position / chunkSize) === first;
    const start = continues ? position : first * chunkSize;
    const writable = this.startFor?.(start) ?? start;
    if (writable < start) this.drop({ start: writable, end: start });
    return { start: writable, end };
  }

  isRight(range: ByteRange): boolean {
    return this.#chunksIn(range).every((chunk) => this.#right[chunk] === 1);
  }

  /** Counts chunks as right that were checked before. */
  keep(range: ByteRange): void {
    for (const chunk of this.#chunksIn(range)) {
      this.#onBytes(this.#chunkLength(chunk));
      this.#mark(chunk, true);
    }
  }

  /** Counts chunks as missing again. The unfinished chunk stays: its bytes are being written. */
  drop(range: ByteRange): void {
    for (const chunk of this.#chunksIn(range)) {
      if (this.#right[chunk]) this.#onBytes(-this.#chunkLength(chunk));
      this.#mark(chunk, false);
    }
    this.#whole = undefined;
  }

  /** Digests the next bytes: those after the call before, or those from a chunk's first byte on. */
  update(bytes: Uint8Array, position: number): void {
    const { chunkSize, bytes: end } = this.asset;
    this.#updateWhole(bytes, position);
    const partial = this.#partialAt(position);
    this.#partial = partial;
    this.#onBytes(bytes.length);
    partial.update(bytes, end, (chunk, found) => this.#endChunk(chunk, found));
    // At a chunk's first byte the hash contains nothing that is worth keeping.
    if (partial.position % chunkSize === 0 || partial.position === end) this.#partial = undefined;
  }

  #updateWhole(bytes: Uint8Array, position: number): void {
    if (this.#whole?.position !== position) return;
    for (const hash of this.#whole.hashes.values()) hash.update(bytes);
    this.#whole.position += bytes.length;
  }

  /** The unfinished chunk if the byte at `position` is its next one. Otherwise it is given up, and another one begins. */
  #partialAt(position: number): ChunkHash {
    const { algorithm, chunkSize } = this.asset;
    const partial = this.#partial;
    if (partial?.position === position) return partial;
    if (partial) this.#onBytes(-(partial.position % chunkSize));
    return new ChunkHash(algorithm, chunkSize, Math.floor(position / chunkSize));
  }

  /** Compares the digest of a chunk whose last byte came. */
  #endChunk(chunk: number, found: string): void {
    const expected = this.asset.digests[chunk] ?? "";
    if (found === expected) {
      this.#mark(chunk, true);
      return;
    }
    this.mismatches.push({ chunk, expected, found });
    this.#onBytes(-this.#chunkLength(chunk));
    // The chunk comes again later, so the bytes of the file do not come in order.
    this.#whole = undefined;
  }

  /** Counts the last chunk as wrong, because the file does not end after it. */
  rejectLastChunk(): void {
    const last = this.#right.length - 1;
    if (this.#right[last]) this.#onBytes(-this.#chunkLength(last));
    this.#mark(last, false);
  }

  reset(): void {
    this.#onBytes(-this.#countBytes());
    this.#right.fill(0);
    this.#rightChunks = 0;
    this.#partial = undefined;
    this.#startWhole();
  }

  /**
   * The digest of a complete file by one of `wholeAlgorithms`, in hex. To be called once for each. Undefined if the bytes
   * did not come in order: then the file has to be read again.
   */
  wholeDigest(algorithm: string): string | undefined {
    if (this.#isOfOnlyChunk(algorithm)) return this.asset.digests[0];
    if (this.#whole?.position !== this.asset.bytes) return undefined;
    return this.#whole.hashes.get(algorithm)?.digest("hex");
  }

  /** Whether the digest of the only chunk is also the digest of the whole file. */
  #isOfOnlyChunk(algorithm: string): boolean {
    return this.asset.digests.length === 1 && this.asset.algorithm === algorithm;
  }

  #startWhole(): void {
    const wanted = this.#wholeAlgorithms.filter((algorithm) => !this.#isOfOnlyChunk(algorithm));
    const hashes = new Map(wanted.map((algorithm) => [algorithm, createHash(algorithm)] as const));
    this.#whole = hashes.size > 0 ? { hashes, position: 0 } : undefined;
  }

  #mark(chunk: number, right: boolean): void {
    this.#rightChunks += Number(right) - (this.#right[chunk] ?? 0);
    this.#right[chunk] = Number(right);
  }

  #chunksIn({ start, end }: ByteRange): number[] {
    const { chunkSize } = this.asset;
    const first = Math.floor(start / chunkSize);
    return Array.from({ length: Math.ceil(end / chunkSize) - first }, (_, index) => first + index);
  }

  #chunkLength(chunk: number): number {
    const { chunkSize, bytes } = this.asset;
    return Math.min(chunkSize, bytes - chunk * chunkSize);
  }

  #countBytes(): number {
    let bytes = this.#partial ? this.#partial.position % this.asset.chunkSize : 0;
    for (const [chunk, right] of this.#right.entries()) if (right) bytes += this.#chunkLength(chunk);
    return bytes;
  }
}
