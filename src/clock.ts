import { onAbort } from "./abort.js";

/** Time and randomness. Tests inject their own. */
export interface Clock {
  /** Now, in ms since 1970. */
  now(): number;
  /** Ms since a fixed moment. Unlike `now`, it does not change when the system's clock is set. */
  elapsed(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The longest time in ms that a timer can wait. Given more, it fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The time and randomness of this machine: for reading from a `PackageStore` yourself. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      // What an executor throws, its promise rejects with.
      signal?.throwIfAborted();
      const stop = onAbort(signal, () => {
        clearTimeout(timer);
        reject(signal?.reason);
      });
      const timer = setTimeout(
        () => {
          stop();
          resolve();
        },
        Math.min(ms, LONGEST_TIMER),
      );
    }),
};
