import { onAbort } from "../../abort.js";
import type { ByteRange } from "../package/chunk-tracker.js";

/** Memory for parts. */
export interface PoolBuffer {
  readonly bytes: Buffer;
  /** Gives the memory back. No request may still use it. */
  release(): void;
}

/**
 * Limits the memory of all uploads together, whatever their number. All buffers are pieces of one block, because the
 * garbage collector frees memory of this kind late.
 */
export class BufferPool {
  readonly #limit: number;
  #block = Buffer.alloc(0);
  /** The pieces of the block that are in use, in their order. */
  readonly #used: ByteRange[] = [];
  readonly #waiting: (() => void)[] = [];

  /** @param limit bytes; a single buffer may be larger, when there is no other */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a buffer of this size, when there is room. */
  async take(size: number, signal?: AbortSignal): Promise<PoolBuffer> {
    let start: number | undefined;
    for (;;) {
      // Before each wait: one that begins after the abort would not be told of it.
      signal?.throwIfAborted();
      start = this.#findRoom(size);
      if (start !== undefined) break;
      await this.#wait(signal);
    }
    const piece = { start, end: start + size };
    this.#used.push(piece);
    this.#used.sort((a, b) => a.start - b.start);
    return { bytes: this.#block.subarray(start, piece.end), release: () => this.#release(piece) };
  }

  /** Where in the block a piece of this size can begin. */
  #findRoom(size: number): number | undefined {
    if (this.#used.length === 0 && this.#block.length < Math.max(size, this.#limit))
      this.#block = Buffer.allocUnsafeSlow(Math.max(size, this.#limit));
    let start = 0;
    for (const used of this.#used) {
      if (used.start - start >= size) return start;
      start = used.end;
    }
    return this.#block.length - start >= size ? start : undefined;
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        stop();
        resolve();
      };
      const stop = onAbort(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(wake), 1);
        stop();
        reject(signal?.reason);
      });
      this.#waiting.push(wake);
    });
  }

  #release(piece: ByteRange): void {
    const index = this.#used.indexOf(piece);
    if (index === -1) return;
    this.#used.splice(index, 1);
    // All of them look again: the first may need more room than there is, while another one fits.
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
