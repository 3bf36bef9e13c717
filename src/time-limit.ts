import type { Clock } from "./clock.js";

/** A promise was not settled in time. */
export class TimeUp extends Error {
  override readonly name = "TimeUp";
}

/**
 * The promise, or a rejection with {@link TimeUp} after `ms`. What the promise stands for goes on; a later rejection of it
 * is ignored.
 */
export async function withTimeLimit<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const settled = new AbortController();
  const alarm = clock.sleep(ms, settled.signal).then(() => {
    throw new TimeUp(`not settled within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, alarm]);
  } finally {
    // Ends the timer. Its rejection has a handler: the race's.
    settled.abort();
  }
}
