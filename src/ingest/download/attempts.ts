import type { CdnClient } from "./cdn-client.js";

/** Consecutive attempts that gave wrong bytes, after which a download is given up. */
export const MAX_WRONG_ATTEMPTS = 5;

/** The end of the message of an ingest that gives up. */
export const GIVEN_UP = "Given up after 60 s in which no download received a byte: run again to continue.";

// ms to wait after the first, second, … failure in a row. With these, five attempts take just over the 60 s after which
// an ingest gives up.
const FAILURE_DELAYS = [1000, 10_000, 21_000, 29_000];
// ms to wait after the first, second, … wrong answer in a row.
const WRONG_DELAYS = [0, 500, 2000, 5000];

/** Counts the attempts of one download that failed, and waits longer after each of them. */
export class Attempts {
  readonly #cdn: CdnClient;
  #failures = 0;
  #wrong = 0;
  #hasProgress = false;

  constructor(cdn: CdnClient) {
    this.#cdn = cdn;
  }

  /** Starts counting again, because there was progress. */
  reset(): void {
    this.#failures = 0;
    this.#wrong = 0;
    this.#hasProgress = true;
  }

  /**
   * Waits before the next attempt, unless there was progress before this failure. Throws what `giveUp` returns if no
   * download has received a byte for too long.
   */
  async failed(giveUp: () => Error): Promise<void> {
    const { health } = this.#cdn;
    health.failed();
    if (health.shouldGiveUp) throw giveUp();
    if (this.#hasProgress) {
      this.#hasProgress = false;
      return;
    }
    const delay = FAILURE_DELAYS[Math.min(this.#failures, FAILURE_DELAYS.length - 1)];
    this.#failures += 1;
    await this.#wait(delay);
  }

  /** As {@link failed}, after wrong bytes. Throws after {@link MAX_WRONG_ATTEMPTS} in a row. */
  async gotWrongBytes(giveUp: () => Error): Promise<void> {
    const delay = WRONG_DELAYS[this.#wrong];
    this.#wrong += 1;
    if (delay === undefined) throw giveUp();
    await this.#wait(delay);
  }

  async #wait(delay = 0): Promise<void> {
    const { clock, signal } = this.#cdn;
    signal.throwIfAborted();
    if (delay > 0) await clock.sleep(delay, signal);
  }
}
