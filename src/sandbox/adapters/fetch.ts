import { abortable, onAbort } from "../../abort.js";
import { contentOf, lengthOf } from "../content.js";
import type { Reply, Respond } from "../exchange.js";

type Signal = AbortSignal | undefined;

/** Bytes of a body that are copied at a time: the caller may change what it reads. */
const COPIED_AT_ONCE = 256 * 1024;
const MAX_REDIRECTS = 20;

/** The web's `fetch`, answered by the sandbox. Connection faults have the errors of Node's own `fetch`. */
export function createFetch(respond: Respond): typeof globalThis.fetch {
  return async function fetch(input, init) {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    // Without the signal: a Request would keep a listener on it.
    let request = new Request(input, { ...init, signal: null });
    for (let redirects = 0; ; redirects++) {
      signal?.throwIfAborted();
      const reply = await abortable(respond(request), signal);
      const { reset, stall } = reply.connection ?? {};
      if (reset === "refused") throw fetchError("ECONNREFUSED");
      if (reset === "before-headers") throw fetchError("ECONNRESET");
      if (stall === "headers") await abortable(new Promise<never>(() => {}), signal);
      const location = reply.status >= 300 && reply.status < 400 ? reply.headers.location : undefined;
      if (location === undefined || request.redirect === "manual") return responseOf(reply, request, signal);
      if (request.redirect === "error" || redirects >= MAX_REDIRECTS) throw fetchError("ERR_REDIRECT");
      request = redirected(request, location);
    }
  };
}

/** As the fetch standard says: a token does not go to another origin. */
function redirected(request: Request, location: string): Request {
  const url = new URL(location, request.url);
  const headers = new Headers(request.headers);
  if (url.origin !== new URL(request.url).origin) headers.delete("authorization");
  return new Request(url, { headers, method: request.method === "HEAD" ? "HEAD" : "GET" });
}

function responseOf(reply: Reply, { method }: Request, signal: Signal): Response {
  const { status, headers, body, connection } = reply;
  const hasNoBody = method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (hasNoBody) return new Response(null, { status, headers });
  const declared = Number(headers["content-length"] ?? lengthOf(body));
  // As bytes: for a text, a Response would add a content type.
  if (typeof body === "string" && !connection && declared === lengthOf(body)) {
    return new Response(Buffer.from(body), { status, headers });
  }
  return new Response(streamOf(reply, declared, signal), { status, headers });
}

/** `declared`: the content-length, in bytes. */
function streamOf({ body, connection }: Reply, declared: number, signal: Signal): ReadableStream<Uint8Array> {
  const content = contentOf(body);
  const { at = Math.floor(content.size / 2) } = connection ?? {};
  // A wrong length breaks the connection or cuts off the rest, as over a socket.
  const end = Math.min(connection ? at : content.size, content.size, declared);
  let position = 0;
  let release = () => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        release = onAbort(signal, () => controller.error(signal?.reason));
      },
      pull(controller) {
        if (position < end) {
          const next = Math.min(position + COPIED_AT_ONCE, end);
          for (const slice of content.slices(position, next)) controller.enqueue(Uint8Array.from(slice));
          position = next;
          return;
        }
        // The reader of a stalled body waits until it gives up.
        if (connection?.stall === "body") return new Promise<void>(() => {});
        release();
        if (connection?.reset === "mid-body" || declared > content.size) {
          controller.error(new TypeError("terminated", { cause: connectionError("ECONNRESET") }));
        } else controller.close();
        return;
      },
      cancel: () => release(),
    },
    { highWaterMark: 0 },
  );
}

function fetchError(code: string): TypeError {
  return new TypeError("fetch failed", { cause: connectionError(code) });
}

function connectionError(code: string): Error {
  return Object.assign(new Error(`${code} (a fault of the sandbox)`), { code });
}
