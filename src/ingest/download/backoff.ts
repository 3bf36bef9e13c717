import type { Clock } from "../../clock.js";

/** Consecutive attempts without progress after which a download is given up. */
export const MAX_ATTEMPTS = 5;

// ms to wait before the second to the fifth attempt: 7.5 s together.
const RETRY_DELAYS = [0, 500, 2000, 5000];

/** Limits the attempts of one download, and waits longer before each of them. */
export class Backoff {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Starts counting again, because there was progress. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt. Throws what `giveUp` returns if there have been {@link MAX_ATTEMPTS} in a row. */
  async failed(giveUp: () => Error): Promise<void> {
    const delay = RETRY_DELAYS[this.#failures];
    this.#failures += 1;
    if (delay === undefined) throw giveUp();
    this.#signal.throwIfAborted();
    if (delay > 0) await this.#clock.sleep(delay, this.#signal);
  }
}
