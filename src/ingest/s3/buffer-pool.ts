import { onAbort } from "../../abort.js";

/** Memory for parts. */
export interface PoolBuffer {
  readonly bytes: Buffer;
  /** Gives the memory back. No request may still use it. */
  release(): void;
}

/**
 * Limits the memory of all uploads together, whatever their number. Buffers are used again, because the garbage
 * collector frees memory of this kind late.
 */
export class BufferPool {
  readonly #limit: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  /** @param limit bytes; a single buffer may be larger, when there is no other */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a buffer of this size, when there is room. */
  async take(size: number, signal?: AbortSignal): Promise<PoolBuffer> {
    signal?.throwIfAborted();
    while (this.#used > 0 && this.#used + size > this.#limit) await this.#wait(signal);
    this.#used += size;
    const bytes = this.#reuse(size) ?? Buffer.allocUnsafeSlow(size);
    let isReleased = false;
    const release = () => {
      if (!isReleased) this.#give(bytes);
      isReleased = true;
    };
    return { bytes, release };
  }

  /** A free buffer of this size. Free buffers of other sizes are dropped when they would exceed the limit. */
  #reuse(size: number): Buffer | undefined {
    const index = this.#free.findIndex(({ length }) => length === size);
    if (index !== -1) return this.#free.splice(index, 1)[0];
    let kept = this.#free.reduce((sum, { length }) => sum + length, 0);
    while (this.#free.length > 0 && this.#used + kept > this.#limit) kept -= this.#free.shift()?.length ?? 0;
    return undefined;
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

  #give(bytes: Buffer): void {
    this.#used -= bytes.length;
    this.#free.push(bytes);
    // All of them look again: the first may need more room than there is, while another one fits.
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
