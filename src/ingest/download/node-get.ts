import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { DownloadError } from "./download-error.js";
import { freeMemory } from "./free-memory.js";
import type { BodyConsumer, CdnResponse, SendGet } from "./http-get.js";
import { joinReads } from "./join-reads.js";
import { followRedirects } from "./redirects.js";

// ms after which an idle connection is closed. Servers close theirs after 5 s or later. Load balancers and NATs drop
// them after a minute or later, often without closing them.
const IDLE_TIMEOUT = 4000;
// A kill loses the bytes that are passed on together: on each connection at most a hundredth of a package, unless it is small.
const MIN_PIECE_BYTES = 64 * 1024;
const MAX_PIECE_BYTES = 1024 * 1024;
const MIN_PIECES = 100;
// Bytes that the connections to one host read into, all together.
const MAX_READ_MEMORY = 16 * 1024 * 1024;
const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_TIMEOUT };

/** Connections that are kept for the next request. */
export class Connections {
  #pieceBytes = MIN_PIECE_BYTES;
  readonly http = joinReads(new HttpAgent(AGENT_OPTIONS), () => this.#pieceBytes);
  readonly https = joinReads(new HttpsAgent(AGENT_OPTIONS), () => this.#pieceBytes);

  /** Makes the pieces of bodies as large as suits a package of this many bytes on this many connections. */
  expect(packageBytes: number, connections: number): void {
    const bytes = Math.min(packageBytes / MIN_PIECES, MAX_READ_MEMORY / connections, MAX_PIECE_BYTES);
    this.#pieceBytes = Math.max(Math.ceil(bytes), MIN_PIECE_BYTES);
  }

  /** Closes those that no request is using. */
  closeIdle(): void {
    for (const { freeSockets } of [this.http, this.https]) {
      for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
    }
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

/** Reads by events, because an async iterator costs several promises for each piece. */
function readMessage(message: IncomingMessage, consume: BodyConsumer, isFreed = false): Promise<void> {
  return new Promise((resolve, reject) => {
    const consumed = (bytes: Buffer, more: boolean) => {
      if (isFreed) freeMemory(bytes);
      if (more) {
        message.resume();
      } else {
        message.pause();
        resolve();
      }
    };
    message.on("end", resolve).on("error", reject);
    message.on("close", () => {
      if (!message.readableEnded) reject(new Error("closed"));
    });
    message.on("data", (bytes: Buffer) => {
      const consuming = consume(bytes);
      if (typeof consuming === "boolean") return consumed(bytes, consuming);
      message.pause();
      consuming.then((more) => consumed(bytes, more), reject);
    });
  });
}

/** The response to a request. Rejects also where Node closes the connection without an error. */
function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (message) => {
      // Without a listener, an error of an unread body would end the process.
      resolve(message.on("error", () => undefined));
    });
    request.on("upgrade", ({ statusCode: status }, socket) => {
      socket.destroy();
      reject(new DownloadError(`answered HTTP ${status}`, { status }));
    });
    request.on("close", () => reject(new Error("closed")));
    request.end();
  });
}

/** Whether an error says that the response is not HTTP. */
function isParserError(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && `${error.code}`.startsWith("HPE_");
}

/** GET over node:http(s), which takes less CPU time per byte than fetch. */
export function nodeGet(connections: Connections): SendGet {
  return (firstUrl, headers) => {
    let request: ClientRequest | undefined;
    let isAnswered = false;
    let isCancelled = false;
    const sendOnce = async (url: URL) => {
      if (isCancelled) throw new Error("cancelled");
      isAnswered = false;
      request =
        url.protocol === "https:"
          ? httpsRequest(url, { agent: connections.https, headers })
          : httpRequest(url, { agent: connections.http, headers });
      try {
        const message = await responseTo(request);
        isAnswered = true;
        const { statusCode: status = 0, headers: received } = message;
        return { message, status, location: received.location, discard: () => void message.resume() };
      } catch (error) {
        isAnswered = error instanceof DownloadError || isParserError(error);
        throw error;
      }
    };
    const send = async (): Promise<CdnResponse> => {
      const { message, status } = await followRedirects(firstUrl, sendOnce);
      const header = (name: string) => message.headers[name]?.toString();
      return { status, header, read: (...args) => readMessage(message, ...args) };
    };
    return {
      response: send(),
      hadDeadSocket: () => request?.reusedSocket === true && !isAnswered,
      cancel: () => {
        isCancelled = true;
        request?.destroy();
      },
    };
  };
}
