import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import {
  createNotificationHandler,
  type NotificationEvent,
} from "app-store-alternative-distribution/notifications";
import { afterEach, beforeEach, expect, type MockInstance, onTestFinished, test, vi } from "vitest";
import { versionCreated } from "../notifications/samples.js";
import { secret, sign } from "../notifications/support.js";
import { toNodeListener } from "./node-http.js";

const body = JSON.stringify(versionCreated);
const signed = { "content-type": "application/json", "x-apple-signature": sign(body) };

let logged: MockInstance<typeof console.error>;
beforeEach(() => {
  logged = vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => logged.mockRestore());

/** A handler on a port, with the events that it was called with. */
async function serve({
  maxBytes = 1_048_576,
  onEvent = (): unknown => undefined,
  wrap = (listener: RequestListener) => listener,
} = {}) {
  const events: NotificationEvent[] = [];
  const handler = createNotificationHandler({
    secret,
    maxBytes,
    onEvent: (event) => {
      events.push(event);
      return onEvent();
    },
  });
  const server = createServer(wrap(toNodeListener(handler))).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const post = (init: RequestInit) =>
    fetch(`http://127.0.0.1:${port}/notifications`, { method: "POST", ...init });
  return { events, server, port, post };
}

test("a notification over node:http calls onEvent", async () => {
  const { events, post } = await serve();
  const response = await post({ headers: signed, body });
  expect([response.status, await response.text()]).toEqual([200, "OK\n"]);
  expect(events).toMatchObject([{ id: versionCreated.data.id }]);
});

test.each([
  ["/a?b=c", "http://localhost/a?b=c"],
  // Not the path / of another host: a web server before this one may have checked the path.
  ["//x", "http://localhost//x"],
  ["//", "http://localhost//"],
  ["//x/notifications", "http://localhost//x/notifications"],
  // As a proxy is asked.
  ["http://shop.example/a", "http://shop.example/a"],
])("the request target %s is the URL %s", async (target, url) => {
  const server = createServer(toNodeListener(async ({ url }) => new Response(url)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const [answer] = await once(request({ host: "127.0.0.1", port, path: target }).end(), "response");
  expect(await new Response(answer).text()).toBe(url);
});

test.each(["TRACE / HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://[ HTTP/1.1"])(
  "%s cannot be a web Request: it is answered with 400, and not logged",
  async (line) => {
    const { port } = await serve();
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write(`${line}\r\nHost: localhost\r\n\r\n`);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    expect(logged).not.toHaveBeenCalled();
  },
);

test("the answer to HEAD has no body, and ends the reading of it", async () => {
  const cancel = vi.fn();
  // A body without an end.
  const body = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(9)), cancel });
  const server = createServer(toNodeListener(async () => new Response(body, { headers: { "x-a": "b" } })));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const [answer] = await once(request({ host: "127.0.0.1", port, method: "HEAD" }).end(), "response");
  expect([answer.statusCode, answer.headers["x-a"]]).toEqual([200, "b"]);
  await once(answer.resume(), "end");
  expect(cancel).toHaveBeenCalledOnce();
});

test("the answers are those of the handler", async () => {
  const { events, post } = await serve({ maxBytes: 1000, onEvent: () => Promise.reject(new Error("down")) });
  expect((await post({ body })).status).toBe(401);
  expect((await post({ headers: { "x-apple-signature": sign("{}") }, body: "{}" })).status).toBe(400);
  expect((await post({ headers: signed, body })).status).toBe(500);
  expect((await post({ headers: signed, body: `\uFEFF${body}` })).status).toBe(401);
  const got = await post({ method: "GET" });
  expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
  expect(events).toHaveLength(1);
});

test("a body that is too large gets its answer before it ends, with a length and in chunks", async () => {
  const { port } = await serve({ maxBytes: 1000 });
  const head = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  for (const start of [
    `${head}Content-Length: 1001\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${"x".repeat(1001)}\r\n`,
  ]) {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write(start); // the rest of the body is never sent
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
  }
});

test("a client that closes the connection during its request has no effect on others", async () => {
  const { server, port, events, post } = await serve();
  const socket = connect(port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
  const [incoming] = await once(server, "request");
  socket.resetAndDestroy();
  await new Promise((resolve) => incoming.on("close", resolve));
  expect((await post({ headers: signed, body })).status).toBe(200);
  expect(events).toHaveLength(1);
  expect(logged).not.toHaveBeenCalled();
});

test("the Buffer of express.raw() is accepted", async () => {
  const { events, post } = await serve({ wrap: withParser((bytes) => bytes) });
  expect((await post({ headers: signed, body })).status).toBe(200);
  expect(events).toHaveLength(1);
});

test("the body of express.json() is an error that names the fix", async () => {
  const { events, post } = await serve({ wrap: withParser((bytes) => JSON.parse(bytes.toString())) });
  expect((await post({ headers: signed, body })).status).toBe(500);
  expect(events).toEqual([]);
  expect(logged.mock.calls).toEqual([
    [expect.objectContaining({ message: expect.stringContaining("express.raw()") })],
  ]);
});

/** A body parser: it reads the stream and sets `body` of the request. */
function withParser(parse: (bytes: Buffer) => unknown) {
  return (listener: RequestListener): RequestListener =>
    async (incoming: IncomingMessage & { body?: unknown }, outgoing) => {
      const pieces: Buffer[] = [];
      for await (const piece of incoming) pieces.push(piece);
      incoming.body = parse(Buffer.concat(pieces));
      listener(incoming, outgoing);
    };
}
