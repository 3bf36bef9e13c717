/** An adapter from a web-standard handler, such as the notification handler, to node:http and express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Turns a web-standard handler into a listener for node:http, or a route for express:
 *
 * ```ts
 * createServer(toNodeListener(handler));
 * app.post("/notifications", toNodeListener(handler)); // before express.json(), or after express.raw({ type: "*\/*" })
 * ```
 */
export function toNodeListener(handler: (request: Request) => Promise<Response>) {
  return async (incoming: NodeRequest, outgoing: ServerResponse): Promise<void> => {
    try {
      const request = toWebRequest(incoming);
      if (!request) return void outgoing.writeHead(400).end();
      const response = await handler(request);
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      if (response.body && incoming.method !== "HEAD") {
        await pipeline(Readable.from(response.body), outgoing);
      } else {
        // Otherwise a file behind the body would stay open.
        await response.body?.cancel();
        outgoing.end();
      }
    } catch (error) {
      // The client closed the connection while the response was sent.
      if (outgoing.headersSent) return void outgoing.destroy();
      console.error(error);
      outgoing.writeHead(500).end();
    }
  };
}

/** The request of node:http. Parsers of express put what they have read into `body`. */
type NodeRequest = IncomingMessage & { body?: unknown };

/** `undefined` for a method or URL that a web Request cannot have, such as TRACE or `*`. */
function toWebRequest(incoming: NodeRequest): Request | undefined {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  }
  const body = method === "GET" || method === "HEAD" ? null : rawBody(incoming);
  // duplex: the handler may respond before it has read the whole body.
  const init = { method, headers, body, duplex: "half" };
  // Not resolved as a link, in which // begins a host: a path that a web server before this one forbids could be hidden so.
  const target = url.startsWith("/") ? `http://localhost${url}` : url;
  try {
    return new Request(target, init);
  } catch {
    return undefined;
  }
}

/** The bytes that express.raw() has read, or the stream if nothing has read it yet. */
function rawBody(incoming: NodeRequest) {
  if (incoming.body instanceof Uint8Array) return new Uint8Array(incoming.body);
  if (incoming.readableDidRead) {
    throw new TypeError(
      "A parser has read the body, so the signed bytes are lost: use express.raw() for this route",
    );
  }
  // Node's and the DOM's type of the same class.
  return Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>;
}
