import { systemClock } from "../clock.js";
import { TimeUp, withTimeLimit } from "../time-limit.js";

/**
 * Calls `request` with a signal that ends its fetch: after `ms`, when `signal` aborts, and when it is done, because Node
 * waits for an open connection before it exits.
 *
 * @throws Error if it takes longer, which `fetch` alone would report only as an abort; the signal's reason
 */
export async function timeLimited<T>(
  request: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  ms = 30_000,
): Promise<T> {
  const ended = new AbortController();
  try {
    return await withTimeLimit(request(AbortSignal.any([signal, ended.signal])), ms, systemClock);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof TimeUp
      ? new Error(`no complete response within ${ms / 1000} s`, { cause })
      : cause;
  } finally {
    ended.abort();
  }
}
