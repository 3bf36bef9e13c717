import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "../../../src/clock.js";

/** Longer than any wait before a retry, and not longer than the default of `stallTimeout`. In ms. */
const LEAST_STALL_TIMEOUT = 30_000;

/**
 * A clock on which a wait before a retry passes at once, and a longer wait ends only when the test lets time pass.
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
    const until = this.#elapsed + ms;
    if (ms < LEAST_STALL_TIMEOUT) {
      this.retryDelays.push(ms);
      await nextTurn();
      // Others that waited at the same time may have let it pass already.
      this.pass(Math.max(0, until - this.#elapsed));
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const sleeper = { until, wake: resolve };
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
