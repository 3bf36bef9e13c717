import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
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

/** Takes the next bytes of a body; tells whether it wants more. */
export type Take = (bytes: Uint8Array) => boolean | Promise<boolean>;

interface Answer {
  status: number;
  header(name: string): string | undefined;
  /** Hands over the body until its end, or until no more is wanted. */
  read(take: Take): Promise<void>;
}

type Headers = Record<string, string>;

/** A request under way. */
interface Attempt {
  answer: Promise<Answer>;
  /** Closes the connection, at any time. */
  cancel(): void;
}

type Get = (url: string, headers: Headers) => Attempt;

const MAX_REDIRECTS = 5;

/** By events, which cost less than an iterator's promises for each piece. */
function readMessage(message: IncomingMessage, take: Take): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = (more: boolean) => {
      if (more) message.resume();
      else resolve();
    };
    message.on("end", resolve).on("error", reject);
    message.on("close", () => {
      if (!message.readableEnded) reject(new Error("closed"));
    });
    message.on("data", (bytes: Buffer) => {
      const more = take(bytes);
      if (more === true) return;
      message.pause();
      if (more === false) resolve();
      else more.then(goOn, reject);
    });
  });
}

/** GET over node:http(s), which moves bytes with less work than fetch. Never follows from https to http. */
function nodeGet(agents: { http: HttpAgent; https: HttpsAgent }): Get {
  return (first, headers) => {
    let outgoing: ClientRequest | undefined;
    const once = (url: URL) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        outgoing =
          url.protocol === "https:"
            ? httpsRequest(url, { agent: agents.https, headers })
            : httpRequest(url, { agent: agents.http, headers });
        outgoing.on("error", reject).on("response", (message) => {
          // A body that nobody reads may break off unheard.
          resolve(message.on("error", () => undefined));
        });
        outgoing.end();
      });
    const follow = async (): Promise<Answer> => {
      let url = new URL(first);
      for (let redirects = 0; ; redirects++) {
        const message = await once(url);
        const status = message.statusCode ?? 0;
        const { location } = message.headers;
        if (status < 300 || status > 399 || location === undefined) {
          const header = (name: string) => message.headers[name]?.toString();
          return { status, header, read: (take) => readMessage(message, take) };
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
    return { answer: follow(), cancel: () => void outgoing?.destroy() };
  };
}

function fetchGet(fetch: CdnFetch): Get {
  return (url, headers) => {
    const controller = new AbortController();
    const send = async (): Promise<Answer> => {
      const { signal } = controller;
      const { status, headers: sent, body } = await fetch(url, { headers, signal, redirect: "follow" });
      const read = async (take: Take) => {
        for await (const bytes of body ?? []) if (!(await take(bytes))) return;
      };
      return { status, header: (name) => sent.get(name) ?? undefined, read };
    };
    return { answer: send(), cancel: () => controller.abort() };
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
   * @throws {TransferError} for whatever goes wrong on the way
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
      return error instanceof TransferError ? error : new TransferError(describe(error));
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
