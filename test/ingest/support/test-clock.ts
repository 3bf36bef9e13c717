import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "../../../src/clock.js";

// Longer than any wait before a retry, shorter than the default of stallTimeout. In ms.
const LONGEST_RETRY_DELAY = 10_000;

/**
 * The system's clock, except that waits before a retry take no time, and longer waits end only when the test lets time
 * pass.
 */
export class TestClock implements Clock {
  readonly now = systemClock.now;
  readonly random = systemClock.random;
  /** The waits before a retry, in ms. */
  readonly retryDelays: number[] = [];
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  #elapsed = 0;

  readonly elapsed = () => this.#elapsed;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    if (ms < LONGEST_RETRY_DELAY) {
      this.retryDelays.push(ms);
      await nextTurn();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const sleeper = { until: this.#elapsed + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  };

  /** Lets time pass, in ms. */
  pass(ms: number): void {
    this.#elapsed += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#elapsed) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
