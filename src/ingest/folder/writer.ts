import { write, writeSync } from "node:fs";
import { promisify } from "node:util";

const writeAsync = promisify(write);

/**
 * Writes downloaded bytes as they come. Copying them into the system's cache takes less time than asking another thread
 * to, and leaves nothing in memory that a kill would lose; but from the first write on for which the disk made us wait,
 * other threads do the waiting.
 */
export class Writer {
  readonly #slowAfter: number;
  #slow = false;

  /** @param slowAfter ms after which a write was no mere copy into the system's cache */
  constructor(slowAfter = 5) {
    this.#slowAfter = slowAfter;
  }

  /** Gives a promise only if others do the waiting. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void> | undefined {
    if (this.#slow) return this.#writeAside(fd, bytes, position);
    const began = performance.now();
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(fd, bytes, written, bytes.length - written, position + written);
    }
    this.#slow = performance.now() - began > this.#slowAfter;
    return undefined;
  }

  async #writeAside(fd: number, bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const { bytesWritten } = await writeAsync(
        fd,
        bytes,
        written,
        bytes.length - written,
        position + written,
      );
      written += bytesWritten;
    }
  }
}
