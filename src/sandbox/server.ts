import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Answer } from "./answer.js";
import { bodyContent, lengthOf, type Reply } from "./reply.js";

/** Where the sandbox's server listens. */
export interface ListenOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /**
   * Also takes what a program in another language cannot call, as JSON: POST `/sandbox/appStoreVersions`,
   * `/sandbox/versions`, `/sandbox/faults` and `/sandbox/notifications`, DELETE `/sandbox/faults`, GET
   * `/sandbox/requests`. Default false.
   */
  readonly control?: boolean;
}

/** A sandbox served over HTTP; `await using` closes it, too. */
export interface SandboxServer extends AsyncDisposable {
  /** Its origin, `http://127.0.0.1:…`: the client's `baseUrl`. Signed URLs name it too. */
  readonly url: string;
  /** Breaks every connection and stops listening: the next request is refused. */
  close(): Promise<void>;
}

/** Serves `answer` over HTTP. */
export async function serve(
  answer: Answer,
  { port = 0, host = "127.0.0.1" }: ListenOptions,
): Promise<SandboxServer> {
  const server = createServer((request, response) => {
    handle(answer, request, response).catch((error: unknown) => {
      // A caller that went away is no failure of the sandbox.
      if (response.destroyed) return;
      if (error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL") {
        response.writeHead(400).end();
        return;
      }
      process.emitWarning(error instanceof Error ? error : String(error));
      response.destroy();
    });
  });
  // Node's 5 seconds would break a connection now and then just as a client takes it up again.
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

async function handle(answer: Answer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const origin = `http://${request.headers.host ?? "127.0.0.1"}`;
  const reply = await answer({
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

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function send(
  { status, headers, body, wire }: Reply,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (wire?.reset === "refused" || wire?.reset === "before-headers")
    return void request.socket.resetAndDestroy();
  if (wire?.stall === "headers") return;
  response.sendDate = false;
  response.writeHead(status, headers);
  if (request.method === "HEAD" || status === 204 || status === 304) return void response.end();
  const declared = Number(headers["content-length"]);
  const length = lengthOf(body);
  if (typeof body === "string" && !wire && declared === length) return void response.end(body);

  const content = bodyContent(body);
  const end = wire ? Math.min(wire.at ?? Math.floor(length / 2), length) : length;
  response.flushHeaders();
  for (const slice of content.slices(0, end)) {
    if (response.destroyed) return;
    if (!response.write(slice)) await drained(response);
  }
  if (wire?.stall === "body") return;
  // After what was written is out; a connection whose length was a lie is of no use either.
  if (wire?.reset === "mid-body" || declared !== length) return void request.socket.destroySoon();
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
