import type { Clock } from "./clock.js";

/** A promise was not settled in time. */
export class TimeUp extends Error {
  override readonly name = "TimeUp";
}

/**
 * The promise, or a rejection with {@link TimeUp} after `ms`. The work behind the promise continues, and a later rejection
 * of it is ignored.
 */
export async function withTimeLimit<T>(promise: Promise<T>, ms: number, clock: Clock): Promise<T> {
  const settled = new AbortController();
  const timer = clock.sleep(ms, settled.signal).then(() => {
    throw new TimeUp(`not settled within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, timer]);
  } finally {
    // Ends the timer. `race` handles its rejection.
    settled.abort();
  }
}
