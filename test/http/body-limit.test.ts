import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { AppStoreConnectError, createClient } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { resource } from "../support/documents.js";
import { serve } from "../support/server.js";

const MIB = 2 ** 20;

/** A body of so many MiB in pieces of one, that tells how many were asked for. */
function body(mebibytes: number) {
  const read = { pieces: 0, cancelled: false };
  const piece = new Uint8Array(MIB).fill(0x20);
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (read.pieces++ < mebibytes) controller.enqueue(piece);
      else controller.close();
    },
    cancel() {
      read.cancelled = true;
    },
  });
  return { stream, read };
}

test("a body over 64 MiB is not read to its end, and the call is not repeated", async () => {
  const { stream, read } = body(600);
  const { client, sent } = clientOver(() => new Response(stream));
  const error = await failure(client.versions.get("1"));
  expect(error).toBeInstanceOf(AppStoreConnectError);
  expect(error).toMatchObject({ status: 200, attempts: 1 });
  expect(String(error)).toContain("versions.get failed: 200, but the body is larger than 64 MiB");
  expect(read.cancelled).toBe(true);
  expect(read.pieces).toBeLessThan(70);
  expect(sent).toHaveLength(1);
});

test("an error with such a body is not retried", async () => {
  const { client, sent } = clientOver(() => new Response(body(600).stream, { status: 503 }));
  expect(await failure(client.api.GET("/v1/apps"))).toMatchObject({ status: 503, attempts: 1 });
  expect(sent).toHaveLength(1);
});

test("the limit counts decoded bytes: a small gzip of 65 MiB over a real socket", async () => {
  const bomb = gzipSync(Buffer.alloc(65 * MIB, 0x20));
  const { url } = await serve((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-length": bomb.byteLength });
    response.end(bomb);
  });
  const client = createClient({ token: "t", baseUrl: url });
  expect(String(await failure(client.versions.get("1")))).toContain("larger than 64 MiB");
});

test("text is decoded across the pieces of a body", async () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ ...resource("K"), note: "größer 💾" }));
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const { client } = clientOver(() => new Response(stream));
  expect(await client.versions.get("K")).toMatchObject({ note: "größer 💾" });
});

test("a custom fetch's content-length is not trusted", async () => {
  const { stream, read } = body(600);
  const { client } = clientOver(() => new Response(stream, { headers: { "content-length": "10" } }));
  expect(String(await failure(client.versions.get("1")))).toContain("larger than 64 MiB");
  expect(read.pieces).toBeLessThan(70);
});

test("a body that is not a web stream is read as text", async () => {
  const response = new Response(JSON.stringify(resource("K")));
  Object.defineProperty(response, "body", { value: {}, configurable: true });
  const { client } = clientOver(() => response);
  expect((await client.versions.get("K")).data.id).toBe("K");
});
