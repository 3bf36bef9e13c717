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

const UTF8 = new TextDecoder();

/** What an attempt that took too long rejects with. It is always this object, so that it can be recognized. */
export const TIMED_OUT = new Error("timed out");

/** Bytes of a decoded body that are read at most. Apple's largest pages have a few hundred KB. */
export const MAX_BODY_BYTES = 64 * 2 ** 20;

/** A response with its body read. */
export interface Answer {
  readonly response: Response;
  /** `undefined` for a body of more than {@link MAX_BODY_BYTES}. */
  readonly text: string | undefined;
}

/** When to end an attempt. */
export interface AttemptLimits {
  /** Ms. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

/** The promise; or a rejection with TIMED_OUT or the signal's reason, whichever comes first. */
export function within<T>(promise: Promise<T>, { timeout, signal }: AttemptLimits): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    // Not the clock's sleep, which would need an AbortController for each attempt.
    const timer = setTimeout(fail, timeout, TIMED_OUT);
    const stop = onAbort(signal, () => fail(signal?.reason));
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    promise.then((value) => {
      end();
      resolve(value);
    }, fail);
    // After the line above, so that a rejection of the promise is handled in any case.
    if (signal?.aborted) fail(signal.reason);
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
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  // Not awaited: a stream may never respond, and its failure does not matter any more.
  const cancel = () => void reader?.cancel().catch(() => {});
  const read = async (): Promise<Answer> => {
    const response = await fetch(url, { ...init, signal: controller.signal });
    const { body } = response;
    // The body of another implementation, such as node-fetch, may not be a web stream.
    if (!body?.getReader) return { response, text: await response.text() };
    reader = body.getReader();
    if (controller.signal.aborted) cancel();
    const parts: Uint8Array<ArrayBuffer>[] = [];
    // Counted here, because Content-Length says nothing about a compressed body or one that a custom fetch made.
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) {
        // Most bodies come in one part, which needs no Blob. Others are joined first: one character can be in two parts.
        const text = parts.length < 2 ? UTF8.decode(parts[0]) : await new Blob(parts).text();
        return { response, text };
      }
      bytes += value.byteLength;
      if (bytes > MAX_BODY_BYTES) {
        cancel();
        return { response, text: undefined };
      }
      parts.push(value);
    }
  };
  try {
    return await within(read(), limits);
  } catch (error) {
    controller.abort(error);
    // If fetch ignores the signal, reading the body would continue.
    cancel();
    throw error;
  }
}
