import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import {
  type Answer,
  type Attempt,
  type CdnFetch,
  fetchGet,
  type Get,
  type Headers,
  nodeGet,
  type Take,
} from "./get.js";
import { TransferError } from "./transfer-error.js";

/** What a connection error was, by host and code or name alone: other libraries' messages may quote the signed URL. */
function describe(error: unknown, url: string): string {
  const host = URL.canParse(url) ? `${new URL(url).host}, ` : "";
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z0-9_]{1,40}$/.test(at.code))
      return `broke off (${host}${at.code})`;
  }
  const name = error instanceof Error && /^\w{1,40}$/.test(error.name) ? error.name : "no reason given";
  return `broke off (${host}${name})`;
}

/** A response whose body is read inside the callback that gets it. */
export interface CdnResponse {
  status: number;
  header(name: string): string | undefined;
  /** Hands over the body; what `take` throws, this throws. */
  read(take: Take): Promise<void>;
}

/**
 * GETs from the CDN: without the API's token, uncompressed, on kept sockets, and with a watch on the time in which
 * no byte comes.
 */
export class Cdn {
  readonly #get: Get;
  readonly #stallTimeout: number;
  readonly #signal: AbortSignal;
  readonly #agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  /** An array, not a Set: a Set that thousands pass through keeps a trail of them until a full garbage collection. */
  readonly #attempts: Attempt[] = [];

  constructor(options: { fetch?: CdnFetch | undefined; stallTimeout: number }, signal: AbortSignal) {
    this.#get = options.fetch ? fetchGet(options.fetch) : nodeGet(this.#agents);
    this.#stallTimeout = options.stallTimeout;
    this.#signal = signal;
    // One listener for all: one for each of thousands of requests would keep a trail of them in memory.
    signal.addEventListener("abort", () => {
      for (const attempt of this.#attempts) attempt.cancel();
    });
  }

  /**
   * Sends one GET and hands its response to `use`; the connection is closed if `use` leaves part of the body unread.
   *
   * @throws TransferError for whatever goes wrong on the way
   */
  async get<T>(url: string, headers: Headers, use: (response: CdnResponse) => Promise<T>): Promise<T> {
    const signal = this.#signal;
    const stallTimeout = this.#stallTimeout;
    signal.throwIfAborted();
    const attempt = this.#get(url, { ...headers, "accept-encoding": "identity" });
    this.#attempts.push(attempt);

    let waitingSince = performance.now();
    let stalled = false;
    // One timer that is set again only when it fires early: cheaper than one for each piece of the body.
    const watch = () => {
      const left = waitingSince + stallTimeout - performance.now();
      if (left > 0) {
        // While the caller is busy there is no end to the time left.
        timer = setTimeout(watch, Math.min(left, stallTimeout));
      } else {
        stalled = true;
        attempt.cancel();
      }
    };
    let timer = setTimeout(watch, stallTimeout);

    const failed = (error: unknown): unknown => {
      if (signal.aborted) return signal.reason;
      if (stalled) return new TransferError(`sent no byte for ${stallTimeout / 1000} s`);
      return error instanceof TransferError ? error : new TransferError(describe(error, url));
    };
    let unread = true;
    const read = async (answer: Answer, take: Take) => {
      let thrown: { error: unknown } | undefined;
      let taking: Promise<boolean> | undefined;
      let enough = false;
      const heard = (more: boolean) => {
        waitingSince = performance.now();
        enough = !more;
        return more;
      };
      const threw = (error: unknown) => {
        thrown = { error };
        return heard(false);
      };
      await answer
        .read((bytes) => {
          // Time that the caller takes with the bytes is not the server's.
          waitingSince = Number.POSITIVE_INFINITY;
          try {
            const more = take(bytes);
            if (typeof more === "boolean") return heard(more);
            taking = more.then(heard, threw);
            return taking;
          } catch (error) {
            return threw(error);
          }
        })
        .catch((error) => {
          thrown ??= { error: failed(error) };
        });
      // The connection may end while bytes are still being written: what follows must find them written.
      await taking;
      if (thrown) throw thrown.error;
      unread = enough;
    };
    try {
      const answer = await attempt.answer.catch((error) => {
        throw failed(error);
      });
      const encoding = answer.header("content-encoding");
      if (encoding !== undefined && encoding !== "identity") {
        throw new TransferError("was sent compressed, though asked for as it is");
      }
      const { status, header } = answer;
      return await use({ status, header, read: (take) => read(answer, take) });
    } finally {
      clearTimeout(timer);
      this.#attempts.splice(this.#attempts.indexOf(attempt), 1);
      if (unread) attempt.cancel();
    }
  }

  /** Closes the kept sockets. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}
