import type { RequestListener, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, createServer as createRawServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import type { PendingGet } from "../../../src/ingest/download/http-get.js";
import { Connections, nodeGet } from "../../../src/ingest/download/node-get.js";
import { createChain } from "../../../src/sandbox/signing/certificate-chain.js";
import { variant } from "../support/package-server.js";

const KIB = 1024;
const CONTENT = variant("v", 2_000_000, 100, 1).content;
const { pem, privateKey } = createChain().leaf;

const KEY_PAIR = { cert: pem, key: privateKey.export({ type: "pkcs8", format: "pem" }) };

/** Serves over https. Resolves to a function that sends a GET. */
function serve(listener: RequestListener) {
  return getFrom(createServer(KEY_PAIR, listener));
}

/** Answers each request over https with these bytes, then calls `end`. */
function serveBytes(bytes: Buffer, end: (encrypted: TLSSocket, raw: Socket) => void) {
  const server = createRawServer((raw) => {
    const encrypted = new TLSSocket(raw, { isServer: true, ...KEY_PAIR });
    // The client closes the connection in its own way.
    for (const socket of [raw, encrypted]) socket.on("error", () => undefined);
    encrypted.once("data", () => {
      encrypted.write(bytes);
      end(encrypted, raw);
    });
  });
  return getFrom(server);
}

async function getFrom(server: Server) {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const connections = new Connections();
  // No root that this process trusts issued the certificate.
  connections.https.options = { ...connections.https.options, rejectUnauthorized: false };
  onTestFinished(() => {
    connections.close();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return () => nodeGet(connections)(url, {});
}

/** The pieces of a body. To consume every third takes a turn. */
async function pieces({ response }: PendingGet, found: Uint8Array[] = []): Promise<Uint8Array[]> {
  const { read } = await response;
  await read((bytes) => {
    found.push(bytes);
    return found.length % 3 === 0 ? nextTurn(true) : true;
  });
  return found;
}

const isContent = (found: readonly Uint8Array[]) => CONTENT.equals(Buffer.concat(found));

test("the small reads of one turn of the event loop are one piece, of at most 64 KiB", async () => {
  const get = await serve((_, response) => void response.end(CONTENT));
  // How much comes at once depends on the system, but sooner or later it is more than Node reads at once.
  let largest = 0;
  for (let round = 0; round < 1000 && largest <= 16 * KIB; round++) {
    const found = await pieces(get());
    expect(isContent(found)).toBe(true);
    largest = Math.max(...found.map(({ length }) => length));
  }
  expect(largest).toBeGreaterThan(16 * KIB);
  expect(largest).toBeLessThanOrEqual(64 * KIB);
});

test("connections are used again", async () => {
  const sockets = new Set<unknown>();
  const get = await serve(({ socket }, response) => {
    sockets.add(socket);
    response.end(CONTENT);
  });
  for (let request = 0; request < 5; request++) {
    expect(isContent(await pieces(get()))).toBe(true);
  }
  expect(sockets.size).toBe(1);
});

test("a body that ends with its connection is complete", async () => {
  const get = await serve((_, response) => {
    response.useChunkedEncodingByDefault = false;
    response.removeHeader("transfer-encoding");
    response.shouldKeepAlive = false;
    response.end(CONTENT);
  });
  expect(isContent(await pieces(get()))).toBe(true);
});

test.each(["end", "destroy"] as const)(
  "bytes that came before the connection broke are passed on (%s)",
  async (close) => {
    const sent = 100_000;
    const get = await serve((_, response) => {
      response.writeHead(200, { "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, sent), () => response.socket?.[close]());
    });
    const passedOn: Uint8Array[] = [];
    await expect(pieces(get(), passedOn)).rejects.toThrow();
    const found = Buffer.concat(passedOn);
    expect(found.length).toBe(sent);
    expect(CONTENT.subarray(0, sent).equals(found)).toBe(true);
  },
);

test("a download that is cancelled in the turn that read its bytes ends with an error", async () => {
  const responses: ServerResponse[] = [];
  const get = await serve((_, response) => {
    responses.push(response);
    response.writeHead(200).flushHeaders();
    // Both write at once, so that one turn reads from both.
    if (responses.length === 2) for (const each of responses) each.write(CONTENT.subarray(0, 20_000));
  });
  const gets = [get(), get()];
  const reading = gets.map(async ({ response }) => {
    const { read } = await response;
    await read(() => {
      for (const { cancel } of gets) cancel();
      return true;
    });
  });
  expect((await Promise.allSettled(reading)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

test("bytes that came in one turn with a broken TLS record are passed on", async () => {
  const sent = CONTENT.subarray(0, 40_000);
  const head = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
  const record = Buffer.from([0x17, 3, 3, 0, 32, ...Buffer.alloc(32, 7)]);
  const get = await serveBytes(Buffer.concat([head, sent]), (_, raw) => void raw.write(record));
  const passedOn: Uint8Array[] = [];
  await expect(pieces(get(), passedOn)).rejects.toThrow();
  expect(sent.equals(Buffer.concat(passedOn))).toBe(true);
});

test("an upgrade that nobody asked for, and the end of its connection, are an answer that cannot be used", async () => {
  const head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n";
  const get = await serveBytes(Buffer.from(head), (encrypted) => void encrypted.end());
  await expect(pieces(get())).rejects.toThrow("101");
});
