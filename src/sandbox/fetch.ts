import type { Answer } from "./answer.js";
import { bodyContent, lengthOf, type Reply } from "./reply.js";

/** Bytes of one piece of a body, copied: the caller owns what it reads. */
const PIECE = 256 * 1024;
const MAX_REDIRECTS = 20;

/** The web's `fetch`, answered by the sandbox; connection faults show as they do with Node's own `fetch`. */
export function createFetch(answer: Answer): typeof globalThis.fetch {
  return async function fetch(input, init) {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    // Without the signal: a Request would keep a listener on it.
    let request = new Request(input, { ...init, signal: null });
    for (let redirects = 0; ; redirects++) {
      signal?.throwIfAborted();
      const reply = await untilAborted(answer(request), signal);
      if (reply.wire?.reset === "refused") throw failure("ECONNREFUSED");
      if (reply.wire?.reset === "before-headers") throw failure("ECONNRESET");
      if (reply.wire?.stall === "headers") await untilAborted(new Promise<never>(() => {}), signal);
      const location = reply.status >= 300 && reply.status < 400 ? reply.headers.location : undefined;
      if (location === undefined || request.redirect === "manual") return responseOf(reply, request, signal);
      if (request.redirect === "error" || redirects >= MAX_REDIRECTS) throw failure("ERR_REDIRECT");
      request = redirected(request, location);
    }
  };
}

/** As the fetch standard has it: a token does not go to another origin. */
function redirected(request: Request, location: string): Request {
  const url = new URL(location, request.url);
  const headers = new Headers(request.headers);
  if (url.origin !== new URL(request.url).origin) headers.delete("authorization");
  return new Request(url, { headers, method: request.method === "HEAD" ? "HEAD" : "GET" });
}

function responseOf(reply: Reply, { method }: Request, signal: AbortSignal | null | undefined): Response {
  const { status, headers, body, wire } = reply;
  const bodyless = method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (bodyless) return new Response(null, { status, headers });
  // As bytes: of a text, a Response would make up a content type.
  const plain = typeof body === "string" && !wire && Number(headers["content-length"]) === lengthOf(body);
  if (plain) return new Response(Buffer.from(body), { status, headers });
  return new Response(streamOf(reply, signal), { status, headers });
}

function streamOf(
  { body, headers, wire }: Reply,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array> {
  const content = bodyContent(body);
  // A length that lies breaks the connection, or hides the rest, as it does over a socket.
  const declared = Number(headers["content-length"]);
  const breaksAt = wire ? Math.min(wire.at ?? Math.floor(content.size / 2), content.size) : content.size;
  const end = Math.min(breaksAt, declared);
  let position = 0;
  let abort: (() => void) | undefined;
  const release = () => {
    if (abort) signal?.removeEventListener("abort", abort);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        abort = () => controller.error(signal?.reason);
        signal?.addEventListener("abort", abort, { once: true });
      },
      pull(controller) {
        if (position < end) {
          const next = Math.min(position + PIECE, end);
          for (const slice of content.slices(position, next)) controller.enqueue(Uint8Array.from(slice));
          position = next;
          return;
        }
        // Not settling is what a stalled body is: the reader waits until it gives up.
        if (wire?.stall === "body") return new Promise<void>(() => {});
        release();
        if (wire?.reset === "mid-body" || declared > content.size) {
          controller.error(new TypeError("terminated", { cause: connectionError("ECONNRESET") }));
        } else controller.close();
        return;
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  );
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (!signal) return promise;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener("abort", abort);
  }
}

function failure(code: string): TypeError {
  return new TypeError("fetch failed", { cause: connectionError(code) });
}

function connectionError(code: string): Error {
  return Object.assign(new Error(`${code} (a fault of the sandbox)`), { code });
}
