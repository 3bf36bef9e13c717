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

/** Stands for "the attempt took too long", where a caller's own abort reason may stand as well. */
export const TIMED_OUT = Symbol("timed out");

/** An answer with its body read. */
export interface Answer {
  readonly response: Response;
  readonly text: string;
}

/**
 * One request and its whole answer within `timeout` ms, whether or not `fetch` heeds its signal.
 *
 * @throws TIMED_OUT, the caller's abort reason, or what `fetch` threw.
 */
export function attempt(
  fetch: Fetch,
  url: string,
  init: Omit<AttemptInit, "signal">,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The caller's signal is not handed to fetch itself: some implementations leave a listener on it per call.
    const controller = new AbortController();
    if (signal?.aborted) return reject(signal.reason);
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    const give = (reason: unknown) => {
      end();
      reject(reason);
      controller.abort(reason);
    };
    const timer = setTimeout(give, timeout, TIMED_OUT);
    const stop = onAbort(signal, () => give(signal?.reason));
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
