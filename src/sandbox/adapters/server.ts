import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { contentOf, lengthOf } from "../content.js";
import type { Reply, Respond } from "../exchange.js";
import { Rejection } from "../rejection.js";

/** Where the sandbox's server listens. */
export interface ListenOptions {
  /**
   * From 0 to 65535.
   * @default 0, which takes a free port
   */
  readonly port?: number | undefined;
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /**
   * Whether programs in other languages can control the sandbox over HTTP, with JSON bodies of at most 1 MiB: POST
   * `/sandbox/appStoreVersions`, `/sandbox/apps`, `/sandbox/versions`, `/sandbox/faults`, `/sandbox/notifications` and
   * `/sandbox/deliveries`, DELETE `/sandbox/faults`, GET `/sandbox/requests`. Requests that a web page of another origin
   * sends, or whose Host is another one, are answered with 403.
   * @default false
   */
  readonly control?: boolean | undefined;
}

/** A sandbox served over HTTP; `await using` closes it, too. */
export interface SandboxServer extends AsyncDisposable {
  /** Its origin, `http://127.0.0.1:…`: the client's `baseUrl`. Signed URLs name it too. */
  readonly url: string;
  /** Breaks every connection and stops listening: the next request is refused. */
  close(): Promise<void>;
}

export const DEFAULT_HOST = "127.0.0.1";

/** The largest body of a request. */
const MAX_BODY_BYTES = 2 ** 20;

/** Serves the sandbox over HTTP. */
export async function serve(
  respond: Respond,
  { port = 0, host = DEFAULT_HOST }: ListenOptions,
): Promise<SandboxServer> {
  const server = createServer((request, response) => {
    handle(respond, request, response).catch((error: unknown) => {
      // The client closed the connection: that is not an error of the sandbox.
      if (response.destroyed) return;
      if (error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL") {
        response.writeHead(400).end();
        return;
      }
      process.emitWarning(error instanceof Error ? error : String(error));
      response.destroy();
    });
  });
  // Node's default is 5 s: then a connection is sometimes closed at the moment when a client reuses it.
  server.keepAliveTimeout = 60_000;
  server.listen(port, host);
  await once(server, "listening");
  // A TCP server's address is an object, a pipe's would be a string.
  const bound = server.address() as AddressInfo;
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, close, [Symbol.asyncDispose]: close };
}

async function handle(respond: Respond, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const origin = `http://${request.headers.host ?? DEFAULT_HOST}`;
  const reply = await respond({
    method: request.method ?? "GET",
    url: origin + request.url,
    cdnOrigin: origin,
    headers: {
      get: (name) => {
        const value = request.headers[name];
        return typeof value === "string" ? value : (value?.join(", ") ?? null);
      },
    },
    text: () => textOf(request),
  });
  if (!request.complete) request.resume();
  await send(reply, request, response);
}

/** @throws Rejection (413); the rest of the body is still read, so that the client gets the answer. */
function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size <= MAX_BODY_BYTES) pieces.push(piece);
      else {
        const detail = `The request's body is longer than ${MAX_BODY_BYTES} bytes.`;
        reject(new Rejection(413, "REQUEST_ENTITY_TOO_LARGE", detail));
      }
    });
    request.once("end", () => resolve(Buffer.concat(pieces).toString()));
    request.once("error", reject);
  });
}

async function send(reply: Reply, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body, connection } = reply;
  if (connection?.reset === "refused" || connection?.reset === "before-headers") {
    request.socket.resetAndDestroy();
    return;
  }
  if (connection?.stall === "headers") return;
  response.sendDate = false;
  response.writeHead(status, headers);
  const hasNoBody = request.method === "HEAD" || status === 204 || status === 304;
  if (hasNoBody) response.end();
  else if (typeof body === "string" && !connection && isRightLength(reply)) response.end(body);
  else await sendContent(reply, request, response);
}

/** Whether the headers say how long the body is, or nothing: then it is sent in chunks. */
function isRightLength({ headers, body }: Reply): boolean {
  const length = lengthOf(body);
  return Number(headers["content-length"] ?? length) === length;
}

/** Sends a body piece by piece, and breaks or stalls the connection where a fault says so. */
async function sendContent(reply: Reply, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { body, connection } = reply;
  const content = contentOf(body);
  const { at = Math.floor(content.size / 2) } = connection ?? {};
  const end = connection ? Math.min(at, content.size) : content.size;
  response.flushHeaders();
  for (const slice of content.slices(0, end)) {
    if (response.destroyed) return;
    if (!response.write(slice)) await drained(response);
  }
  if (connection?.stall === "body") return;
  // After everything is written. A connection whose declared length was wrong cannot be reused.
  if (connection?.reset === "mid-body" || !isRightLength(reply)) {
    request.socket.destroySoon();
    return;
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.once("drain", done).once("close", done);
  });
}
