import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** An attempt to transfer something failed in a way that another attempt may mend. */
export class TransferError extends Error {
  /** The status that was answered, where the status is what was wrong. */
  readonly status: number | undefined;
  /** The length that was found, where the length is what was wrong. */
  readonly foundBytes: number | undefined;

  constructor(message: string, details: { status?: number; foundBytes?: number } = {}) {
    super(message);
    this.status = details.status;
    this.foundBytes = details.foundBytes;
  }

  /** Whether the URL itself was turned down, as an expired one is: a new URL may help, the same one will not. */
  get urlRefused(): boolean {
    const { status } = this;
    return status !== undefined && status >= 400 && status < 500 && ![408, 416, 425, 429].includes(status);
  }
}

/** A `fetch` for the CDN; called `(url: string, init)`. */
export type CdnFetch = (url: string, init: RequestInit) => Promise<Response>;

interface Answer {
  status: number;
  header(name: string): string | undefined;
  body: AsyncIterable<Uint8Array>;
}

type Headers = Record<string, string>;
type Get = (url: string, headers: Headers, signal: AbortSignal) => Promise<Answer>;

const MAX_REDIRECTS = 5;

/** GET over node:http(s), which moves bytes with less work than fetch. Never follows from https to http. */
function nodeGet(agents: { http: HttpAgent; https: HttpsAgent }): Get {
  const once = (url: URL, headers: Headers, signal: AbortSignal) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing =
        url.protocol === "https:"
          ? httpsRequest(url, { agent: agents.https, headers, signal })
          : httpRequest(url, { agent: agents.http, headers, signal });
      outgoing.on("response", resolve).on("error", reject).end();
    });
  return async (first, headers, signal) => {
    let url = new URL(first);
    for (let redirects = 0; ; redirects++) {
      const message = await once(url, headers, signal);
      const status = message.statusCode ?? 0;
      const { location } = message.headers;
      if (status < 300 || status > 399 || location === undefined) {
        const header = (name: string) => message.headers[name]?.toString();
        return { status, header, body: message };
      }
      message.resume();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      const schemes = url.protocol === "https:" ? ["https:"] : ["http:", "https:"];
      if (next === undefined || !schemes.includes(next.protocol) || redirects === MAX_REDIRECTS) {
        throw new TransferError("was redirected to where it cannot be followed");
      }
      url = next;
    }
  };
}

function fetchGet(fetch: CdnFetch): Get {
  return async (url, headers, signal) => {
    const response = await fetch(url, { headers, signal, redirect: "follow" });
    const body =
      response.body ?? new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
  };
}

/** What a connection error was, by its code or name alone: other libraries' messages may quote the signed URL. */
function describe(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z0-9_]{1,40}$/.test(at.code))
      return `broke off (${at.code})`;
  }
  return error instanceof Error && /^\w{1,40}$/.test(error.name) ? `broke off (${error.name})` : "broke off";
}

/** A response whose body is read inside the callback that gets it. */
export interface CdnResponse {
  status: number;
  header(name: string): string | undefined;
  chunks: AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * GETs from the CDN: without the API's token, uncompressed, on kept sockets, and with a watch on the time in which
 * no byte comes.
 */
export class Cdn {
  readonly #get: Get;
  readonly #stallTimeout: number;
  readonly #agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

  constructor(options: { fetch?: CdnFetch | undefined; stallTimeout: number }) {
    this.#get = options.fetch ? fetchGet(options.fetch) : nodeGet(this.#agents);
    this.#stallTimeout = options.stallTimeout;
  }

  /**
   * Sends one GET and hands its response to `use`; the connection is closed if `use` leaves part of the body unread.
   *
   * @throws {TransferError} for whatever goes wrong on the way
   */
  async get<T>(
    url: string,
    headers: Headers,
    signal: AbortSignal,
    use: (response: CdnResponse) => Promise<T>,
  ): Promise<T> {
    const attempt = new AbortController();
    const onAbort = () => attempt.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", onAbort, { once: true });

    const stallTimeout = this.#stallTimeout;
    let waitingSince = performance.now();
    let stalled = false;
    // One timer that is set again only when it fires early: cheaper than one for each piece of the body.
    const watch = () => {
      const left = waitingSince + stallTimeout - performance.now();
      if (left > 0) {
        timer = setTimeout(watch, left);
      } else {
        stalled = true;
        attempt.abort();
      }
    };
    let timer = setTimeout(watch, stallTimeout);

    const failed = (error: unknown): unknown => {
      if (signal.aborted) return signal.reason;
      if (stalled) return new TransferError(`sent no byte for ${stallTimeout / 1000} s`);
      return error instanceof TransferError ? error : new TransferError(describe(error));
    };
    let unread = true;
    async function* chunks(body: AsyncIterable<Uint8Array>) {
      try {
        for await (const chunk of body) {
          // Time that the caller takes with the bytes is not the server's.
          waitingSince = Number.POSITIVE_INFINITY;
          yield chunk;
          waitingSince = performance.now();
        }
        unread = false;
      } catch (error) {
        throw failed(error);
      }
    }
    try {
      const answer = await this.#get(
        url,
        { ...headers, "accept-encoding": "identity" },
        attempt.signal,
      ).catch((error) => {
        throw failed(error);
      });
      const encoding = answer.header("content-encoding");
      if (encoding !== undefined && encoding !== "identity") {
        throw new TransferError("was sent compressed, though asked for as it is");
      }
      return await use({ status: answer.status, header: answer.header, chunks: chunks(answer.body) });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (unread) attempt.abort();
    }
  }

  /** Closes the kept sockets. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}
