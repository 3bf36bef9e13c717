import type { Clock } from "../../clock.js";

/** Tries without progress before an ingest gives up. */
export const TRIES = 5;
// ms before the second to fifth try: 7.5 s in all.
const WAITS = [0, 500, 2000, 5000];

/** Bounds the tries at one thing: five without progress, with growing waits between them. */
export class Patience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  progressed(): void {
    this.#failures = 0;
  }

  /** Waits before the next try, or throws the error if there have been enough. */
  async failed(error: () => Error): Promise<void> {
    const wait = WAITS[this.#failures];
    this.#failures += 1;
    if (wait === undefined) throw error();
    this.#signal.throwIfAborted();
    if (wait > 0) await this.#clock.sleep(wait, this.#signal);
  }
}
