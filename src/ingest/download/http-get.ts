import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { DownloadError } from "./download-error.js";

/** A `fetch` for the CDN. It is called `(url: string, init)`. */
export type CdnFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Gets the next bytes of a body. Returns whether it wants more. */
export type BodyConsumer = (bytes: Uint8Array) => boolean | Promise<boolean>;

/** A response whose body has not been read yet. */
export interface CdnResponse {
  readonly status: number;
  header(name: string): string | undefined;
  /** Calls `consume` with the body piece by piece, until it ends or `consume` wants no more. */
  read(consume: BodyConsumer): Promise<void>;
}

/** A request that was sent. */
export interface PendingGet {
  readonly response: Promise<CdnResponse>;
  /** Closes the connection. May be called at any time. */
  cancel(): void;
}

/** Sends a GET request. */
export type SendGet = (url: string, headers: Readonly<Record<string, string>>) => PendingGet;

const MAX_REDIRECTS = 5;

/** Reads by events, because an async iterator costs several promises for each piece. */
function readMessage(message: IncomingMessage, consume: BodyConsumer): Promise<void> {
  return new Promise((resolve, reject) => {
    const resume = (more: boolean) => {
      if (more) message.resume();
      else resolve();
    };
    message.on("end", resolve).on("error", reject);
    message.on("close", () => {
      if (!message.readableEnded) reject(new Error("closed"));
    });
    message.on("data", (bytes: Buffer) => {
      const more = consume(bytes);
      if (more === true) return;
      message.pause();
      if (more === false) resolve();
      else more.then(resume, reject);
    });
  });
}

/** Where a redirect leads, if it may be followed: never from https to http. */
function redirectTarget(url: URL, location: string): URL | undefined {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const schemes = url.protocol === "https:" ? ["https:"] : ["http:", "https:"];
  return next && schemes.includes(next.protocol) ? next : undefined;
}

/** GET over node:http(s), which takes less CPU time per byte than fetch. */
export function nodeGet(agents: { readonly http: HttpAgent; readonly https: HttpsAgent }): SendGet {
  return (firstUrl, headers) => {
    let request: ClientRequest | undefined;
    const sendOnce = (url: URL) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        request =
          url.protocol === "https:"
            ? httpsRequest(url, { agent: agents.https, headers })
            : httpRequest(url, { agent: agents.http, headers });
        request.on("error", reject).on("response", (message) => {
          // Without a listener, an error of an unread body would end the process.
          resolve(message.on("error", () => undefined));
        });
        request.end();
      });
    const send = async (): Promise<CdnResponse> => {
      let url = new URL(firstUrl);
      for (let redirects = 0; ; redirects++) {
        const message = await sendOnce(url);
        const status = message.statusCode ?? 0;
        const { location } = message.headers;
        if (status < 300 || status > 399 || location === undefined) {
          const header = (name: string) => message.headers[name]?.toString();
          return { status, header, read: (consume) => readMessage(message, consume) };
        }
        message.resume();
        const next = redirectTarget(url, location);
        if (next === undefined || redirects === MAX_REDIRECTS) {
          throw new DownloadError("sent a redirect that cannot be followed");
        }
        url = next;
      }
    };
    return { response: send(), cancel: () => void request?.destroy() };
  };
}

/** GET over the caller's fetch. */
export function fetchGet(fetch: CdnFetch): SendGet {
  return (url, headers) => {
    const controller = new AbortController();
    const send = async (): Promise<CdnResponse> => {
      const { signal } = controller;
      const { status, headers: received, body } = await fetch(url, { headers, signal, redirect: "follow" });
      const read = async (consume: BodyConsumer) => {
        for await (const bytes of body ?? []) if (!(await consume(bytes))) return;
      };
      return { status, header: (name) => received.get(name) ?? undefined, read };
    };
    return { response: send(), cancel: () => controller.abort() };
  };
}
