import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * A web-standard handler as a listener for node:http, or as a route of express:
 *
 * ```ts
 * createServer(toNodeListener(handler));
 * app.post("/notifications", toNodeListener(handler)); // before express.json(), or after express.raw({ type: "*\/*" })
 * ```
 */
export function toNodeListener(handler: (request: Request) => Promise<Response>) {
  return async (incoming: IncomingMessage & { body?: unknown }, outgoing: ServerResponse): Promise<void> => {
    try {
      const response = await handler(toRequest(incoming));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      if (response.body) await pipeline(Readable.from(response.body), outgoing);
      else outgoing.end();
    } catch (error) {
      if (outgoing.headersSent) return void outgoing.destroy(); // the other side went away
      console.error(error);
      outgoing.writeHead(500).end();
    }
  };
}

function toRequest(incoming: IncomingMessage & { body?: unknown }): Request {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  const body = method === "GET" || method === "HEAD" ? null : rawBody(incoming);
  const init = { method, headers, body, duplex: "half" }; // duplex: the answer may come before the body's end
  return new Request(new URL(url, "http://localhost"), init);
}

/** The bytes that express.raw() has read, or the stream that nothing has read yet. */
function rawBody(incoming: IncomingMessage & { body?: unknown }) {
  if (incoming.body instanceof Uint8Array) return new Uint8Array(incoming.body);
  if (incoming.readableDidRead) {
    throw new TypeError(
      "A parser has read the body, and the signed bytes are lost: use express.raw() for this route",
    );
  }
  return Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>; // Node's type and the DOM's are one class
}
