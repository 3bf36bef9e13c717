import { onAbort } from "../abort.js";

/** A `fetch` as the client calls it: once per attempt. */
export type Fetch = (url: string, init: AttemptInit) => Promise<Response>;

/** What the client's `fetch` is called with. */
export interface AttemptInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** Rejection of an attempt that took too long. A symbol, as the caller's own abort reason can be anything. */
export const TIMED_OUT = Symbol("timed out");

/** A response with its body read. */
export interface Answer {
  readonly response: Response;
  readonly text: string;
}

/** How long something may take. */
export interface AttemptLimits {
  /** Ms. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** The promise; or a rejection with TIMED_OUT or the signal's reason, whichever comes first. */
export function within<T>(promise: Promise<T>, { timeout, signal }: AttemptLimits): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, timeout, TIMED_OUT);
    const stop = onAbort(signal, () => reject(signal?.reason));
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    promise.then(resolve, reject).then(end);
    // After the line above, so that a rejection of the promise is handled in any case.
    if (signal?.aborted) reject(signal.reason);
  });
}

/**
 * One request and its whole response within the limits, also where `fetch` ignores its signal.
 *
 * @throws TIMED_OUT, the caller's abort reason, or what `fetch` threw.
 */
export async function attempt(
  fetch: Fetch,
  url: string,
  init: Omit<AttemptInit, "signal">,
  limits: AttemptLimits,
): Promise<Answer> {
  limits.signal?.throwIfAborted();
  // fetch gets a signal of its own: some implementations leave a listener per call on the signal they get.
  const controller = new AbortController();
  try {
    return await within(read(fetch, url, { ...init, signal: controller.signal }), limits);
  } catch (error) {
    controller.abort(error);
    throw error;
  }
}

async function read(fetch: Fetch, url: string, init: AttemptInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { response, text: await response.text() };
}
