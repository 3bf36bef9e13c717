import { onAbort } from "./abort.js";

/** Time and chance as the client sees them. Tests put their own in its place. */
export interface Clock {
  /** Now, in ms since 1970. */
  now(): number;
  /** Ms since some moment; unlike `now` it never jumps when somebody sets the clock. */
  elapsed(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

/** The longest time, in ms, that a timer takes; it fires at once if it is given more. */
export const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = onAbort(signal, () => {
        clearTimeout(timer);
        stop();
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
