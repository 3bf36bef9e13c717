import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { freeMemory } from "../../../src/ingest/download/free-memory.js";
import { Connections, nodeGet } from "../../../src/ingest/download/node-get.js";
import { variant } from "../support/package-server.js";

// More than one read of a connection has.
const CONTENTS = [1, 2, 3].map((seed) => variant("v", 2_000_000 + seed, 100, seed).content);

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The pieces of the answer to one request. Every third takes time. */
async function pieces(url: string, connections: Connections, isFreed: boolean): Promise<Uint8Array[]> {
  const { read } = await nodeGet(connections)(url, {}).response;
  const found: Uint8Array[] = [];
  await read((bytes) => {
    found.push(bytes);
    return found.length % 3 === 0 ? nextTurn(true) : true;
  }, isFreed);
  return found;
}

test("pieces of bodies that come at once, with a length or in chunks, stay as they came", async () => {
  const origin = await serve((request, response) => {
    const content = CONTENTS[Number(request.url?.slice(-1))] ?? Buffer.of();
    if (request.url?.startsWith("/chunked")) {
      for (let at = 0; at < content.length; at += 5000) response.write(content.subarray(at, at + 5000));
      response.end();
    } else {
      response.writeHead(200, { "content-length": content.length }).end(content);
    }
  });
  const connections = new Connections();
  onTestFinished(() => connections.close());
  // Twice, so that connections are used again.
  for (const kind of ["length", "chunked", "length", "chunked"]) {
    const bodies = await Promise.all(
      CONTENTS.map((_, index) => pieces(`${origin}/${kind}/${index}`, connections, false)),
    );
    for (const [index, body] of bodies.entries()) {
      expect(body.length).toBeGreaterThan(3);
      expect(CONTENTS[index]?.equals(Buffer.concat(body))).toBe(true);
    }
  }
});

test("a piece has more than 64 KiB only if the package is large and the connections are few, and never more than a hundredth of it", async () => {
  const origin = await serve((_, response) => void response.end(CONTENTS[0]));
  const connections = new Connections();
  onTestFinished(() => connections.close());
  const largest = async () =>
    Math.max(...(await pieces(origin, connections, false)).map(({ length }) => length));
  const kib = 1024;
  expect(await largest()).toBeLessThanOrEqual(64 * kib);
  connections.expect(6_000_000, 4);
  expect(await largest()).toBeLessThanOrEqual(64 * kib);
  /** How much comes at once depends on the system, but sooner or later it is as much as there is room for. */
  const expectMore = async (than: number, atMost: number) => {
    let found = 0;
    for (let round = 0; round < 1000 && found <= than; round++) found = await largest();
    expect(found).toBeGreaterThan(than);
    expect(found).toBeLessThanOrEqual(atMost);
  };
  connections.expect(10_000 * kib, 4);
  await expectMore(64 * kib, 100 * kib);
  // All connections together have 16 MiB.
  connections.expect(1_000_000 * kib, 128);
  await expectMore(100 * kib, 128 * kib);
  connections.expect(1_000_000 * kib, 4);
  await expectMore(128 * kib, 1024 * kib);
});

test("the memory of pieces that are not needed any more is freed", async () => {
  const origin = await serve((_, response) => void response.end(CONTENTS[0]));
  const connections = new Connections();
  onTestFinished(() => connections.close());
  const found = await pieces(origin, connections, true);
  expect(found.length).toBeGreaterThan(3);
  expect(found.map(({ length }) => length)).toEqual(found.map(() => 0));
});

test("a part of a buffer is not freed", () => {
  const buffer = Buffer.alloc(10, 1);
  freeMemory(buffer.subarray(0, 9));
  expect(buffer).toEqual(Buffer.alloc(10, 1));
});
