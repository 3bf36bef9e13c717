import { write, writeSync } from "node:fs";
import { promisify } from "node:util";
import type { Clock } from "../../clock.js";

const writeAsync = promisify(write);

/**
 * Writes downloaded bytes as they come. A synchronous write copies them into the system's cache, which takes less time
 * than passing them to another thread, and a kill afterwards loses nothing. Once a write had to wait for the disk, all
 * later writes are asynchronous.
 */
export class FileWriter {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #slowAfter: number;
  #isSlow = false;

  /** @param slowAfter ms after which a write must have waited for the disk */
  constructor(clock: Pick<Clock, "elapsed">, slowAfter = 5) {
    this.#clock = clock;
    this.#slowAfter = slowAfter;
  }

  /** Returns a promise only if the write is asynchronous. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void> | undefined {
    if (this.#isSlow) return this.#writeAsync(fd, bytes, position);
    const started = this.#clock.elapsed();
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(fd, bytes, written, bytes.length - written, position + written);
    }
    this.#isSlow = this.#clock.elapsed() - started > this.#slowAfter;
    return undefined;
  }

  async #writeAsync(fd: number, bytes: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const left = bytes.length - written;
      const { bytesWritten } = await writeAsync(fd, bytes, written, left, position + written);
      written += bytesWritten;
    }
  }
}
