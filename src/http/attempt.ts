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

/**
 * One request and its whole response within `timeout` ms, also where `fetch` ignores its signal.
 *
 * @throws TIMED_OUT, the caller's abort reason, or what `fetch` threw.
 */
export function attempt(
  fetch: Fetch,
  url: string,
  init: Omit<AttemptInit, "signal">,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // fetch gets a signal of its own: some implementations leave a listener per call on the signal they get.
    const controller = new AbortController();
    if (signal?.aborted) return reject(signal.reason);
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    const fail = (reason: unknown) => {
      end();
      reject(reason);
      controller.abort(reason);
    };
    const timer = setTimeout(fail, timeout, TIMED_OUT);
    const stop = onAbort(signal, () => fail(signal?.reason));
    read(fetch, url, { ...init, signal: controller.signal }).then(
      (answer) => {
        end();
        resolve(answer);
      },
      (error) => {
        end();
        reject(error);
      },
    );
  });
}

async function read(fetch: Fetch, url: string, init: AttemptInit): Promise<Answer> {
  const response = await fetch(url, init);
  return { response, text: await response.text() };
}
