import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/clock.js";
import { seededRandom } from "./random.js";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock on which time passes only when nothing else is left to do. */
export class VirtualClock implements Clock {
  time: number;
  readonly random: () => number;
  /** Every sleep asked for, in ms. */
  readonly slept: number[] = [];
  readonly #sleepers = new Set<Sleeper>();

  constructor(time = Date.parse("2026-03-01T12:00:00Z"), seed = 1) {
    this.time = time;
    this.random = seededRandom(seed);
  }

  now = () => this.time;
  elapsed = () => this.time;

  /** Sleeps under way. */
  get pending(): number {
    return this.#sleepers.size;
  }

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      this.slept.push(ms);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper = {
        at: this.time + ms,
        wake: () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#sleepers.add(sleeper);
    });

  /** Lets time pass until the promise settles. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const end = () => {
      settled = true;
    };
    promise.then(end, end);
    for (;;) {
      await setImmediate();
      if (settled) return promise;
      const next = [...this.#sleepers].sort((a, b) => a.at - b.at)[0];
      if (!next) continue;
      this.time = Math.max(this.time, next.at);
      this.#sleepers.delete(next);
      next.wake();
    }
  }
}
