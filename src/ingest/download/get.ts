import {
  type ClientRequest,
  type Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { type Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { TransferError } from "./transfer-error.js";

/** A `fetch` for the CDN; called `(url: string, init)`. */
export type CdnFetch = (url: string, init: RequestInit) => Promise<Response>;

/** Takes the next bytes of a body; tells whether it wants more. */
export type Take = (bytes: Uint8Array) => boolean | Promise<boolean>;

export interface Answer {
  status: number;
  header(name: string): string | undefined;
  /** Hands over the body until its end, or until no more is wanted. */
  read(take: Take): Promise<void>;
}

export type Headers = Record<string, string>;

/** A request under way. */
export interface Attempt {
  answer: Promise<Answer>;
  /** Closes the connection, at any time. */
  cancel(): void;
}

export type Get = (url: string, headers: Headers) => Attempt;

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
export function nodeGet(agents: { http: HttpAgent; https: HttpsAgent }): Get {
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

export function fetchGet(fetch: CdnFetch): Get {
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
