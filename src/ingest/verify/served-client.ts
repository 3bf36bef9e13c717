import { abortable, onAbort } from "../../abort.js";
import type { Clock } from "../../clock.js";
import { parseUrl } from "../../parse-url.js";
import { connectionCode } from "../download/connection-code.js";
import type { CdnFetch } from "../download/http-get.js";
import { isLoopback } from "./served-url.js";

export interface ServedClientOptions {
  readonly fetch: CdnFetch;
  readonly clock: Clock;
}

export interface ServedRequest {
  readonly method: "GET" | "HEAD";
  /** The value of the header `range`. */
  readonly range?: string | undefined;
}

/** A file could not be fetched. The message says why, as the rest of a sentence that begins with the file's name. */
export class ServedProblem extends Error {
  override readonly name = "ServedProblem";
  /** Whether another attempt may succeed. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary = false) {
    super(message);
    this.isTemporary = isTemporary;
  }
}

const MAX_REDIRECTS = 5;
// ms without a byte.
const STALL_TIMEOUT = 60_000;
// ms before the second and the third attempt.
const RETRY_DELAYS = [500, 2000];
const OVERLOADED: readonly number[] = [429, 500, 502, 503, 504];

/** Where a redirect leads. Devices load packages over https only. */
function redirectTarget(from: URL, location: string | null): URL {
  const to = parseUrl(location, from);
  if (!to) throw new ServedProblem("is answered with a redirect that leads nowhere");
  if (to.protocol === "https:") return to;
  if (from.protocol === "http:" && to.protocol === "http:" && isLoopback(to)) return to;
  throw new ServedProblem(
    `redirects to ${to.protocol === "http:" ? "plain http" : to.protocol}, which devices refuse: redirect to https, or not at all`,
  );
}

/** Sends requests as a device does: without cookies, accepting compressed answers, following redirects over https. */
export class ServedClient {
  readonly #fetch: CdnFetch;
  readonly #clock: Clock;

  constructor({ fetch, clock }: ServedClientOptions) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * Sends a request and calls `use` with its response. Closes the connection if `use` leaves the body unread. Sends it
   * again, at most twice, if the connection breaks or the server is overloaded. A HEAD is sent once.
   *
   * @throws ServedProblem if there is no usable answer
   */
  async send<T>(
    url: URL,
    request: ServedRequest,
    use: (response: Response, read: () => AsyncIterable<Uint8Array>) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      // After a HEAD that fails, the caller sends a GET anyway.
      const delay = request.method === "HEAD" ? undefined : RETRY_DELAYS[attempt];
      try {
        return await this.#sendOnce(url, request, signal, (response, read) => {
          if (OVERLOADED.includes(response.status) && delay !== undefined) {
            throw new ServedProblem(`is answered with HTTP ${response.status}`, true);
          }
          return use(response, read);
        });
      } catch (error) {
        const isFinal = !(error instanceof ServedProblem && error.isTemporary) || delay === undefined;
        if (isFinal || signal.aborted) throw error;
        await this.#clock.sleep(delay, signal);
      }
    }
  }

  async #sendOnce<T>(
    url: URL,
    { method, range }: ServedRequest,
    signal: AbortSignal,
    use: (response: Response, read: () => AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const controller = new AbortController();
    const stopListening = onAbort(signal, () => controller.abort());
    let hasStalled = false;
    const stall = new StallWatch(this.#clock, () => {
      hasStalled = true;
      controller.abort();
    });
    const init = {
      method,
      // As devices do. A server compresses only for clients that accept it, so without this the check would not see it.
      headers: { "accept-encoding": "gzip, deflate, br", ...(range !== undefined && { range }) },
      redirect: "manual",
      signal: controller.signal,
    } as const;
    const failure = (error: unknown) => {
      if (signal.aborted) return signal.reason;
      if (error instanceof ServedProblem) return error;
      const seconds = STALL_TIMEOUT / 1000;
      const problem = hasStalled ? `no byte for ${seconds} s` : connectionCode(error);
      return new ServedProblem(`cannot be fetched (${problem})`, true);
    };
    try {
      const response = await this.#follow(url, init).catch((error: unknown) => {
        throw failure(error);
      });
      const read = () => readBody(response, stall, init.signal, failure);
      return await use(response, read).finally(() => discard(response));
    } finally {
      stall.stop();
      stopListening();
      // Closes the connection if the body was not read to its end.
      controller.abort();
    }
  }

  async #follow(first: URL, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
    let url = first;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      // The caller's fetch may ignore its signal.
      const response = await abortable(this.#fetch(url.href, init), init.signal);
      if (response.status < 300 || response.status > 399 || response.status === 304) return response;
      discard(response);
      url = redirectTarget(url, response.headers.get("location"));
    }
    throw new ServedProblem(`is answered with more than ${MAX_REDIRECTS} redirects`);
  }
}

/** Cancels a body that is not read. An error of that has no effect on the result, so it is ignored. */
function discard({ body }: Response): void {
  if (body && !body.locked) body.cancel().catch(() => undefined);
}

async function* readBody(
  { body }: Response,
  stall: StallWatch,
  signal: AbortSignal,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    while (reader) {
      stall.touch();
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw failure(error);
  } finally {
    reader?.cancel().catch(() => undefined);
  }
}

/** Calls back once no byte has come for {@link STALL_TIMEOUT}. */
class StallWatch {
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  #since: number;

  constructor(clock: Clock, onStall: () => void) {
    this.#clock = clock;
    this.#since = clock.elapsed();
    void this.#watch(onStall);
  }

  touch(): void {
    this.#since = this.#clock.elapsed();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #watch(onStall: () => void): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const left = this.#since + STALL_TIMEOUT - this.#clock.elapsed();
      if (left <= 0) return onStall();
      // Rejects when it is stopped, which ends the loop.
      await this.#clock.sleep(left, signal).catch(() => undefined);
    }
  }
}
