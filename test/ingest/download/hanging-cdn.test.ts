import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { CdnFetch, IngestError } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { once, oneChunk, recoverFrom, STALL_TIMEOUT } from "../support/faulty-cdn.js";
import { temporaryFolder } from "../support/folders.js";
import { type CdnHandler, servePackage } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest, ingestPackage, verifyPackage } from "../support/trusted.js";

const HEAD = "HTTP/1.1 101 Switching Protocols\r\n";

const never = () => new Promise<never>(() => {});

/** A body that gives these bytes, and then neither more nor its end. */
function endless(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (stream) => stream.enqueue(bytes), cancel: never });
}

/** A fetch that hangs for the asset, and is a usual fetch for the zip. */
const HANGING: [string, (received: () => void) => CdnFetch][] = [
  [
    "a fetch that ignores its signal",
    (received) => async (url, init) => {
      if (url.includes("/zip")) return fetch(url, init);
      received();
      return never();
    },
  ],
  [
    "a body whose read never settles",
    (received) => async (url, init) => {
      if (url.includes("/zip")) return fetch(url, init);
      received();
      return new Response(new ReadableStream({ pull: never, cancel: never }));
    },
  ],
  [
    "a body that never ends",
    (received) => async (url, init) => {
      if (url.includes("/zip")) return fetch(url, init);
      received();
      return new Response(endless(new Uint8Array(oneChunk.content.subarray(0, 1000))));
    },
  ],
];

describe.each(HANGING)("%s", (_, fetchFor) => {
  test("ends by stallTimeout", async () => {
    const server = await servePackage([oneChunk]);
    const clock = new TestClock();
    let requests = 0;
    const options = {
      versionId: "version",
      directory: join(temporaryFolder(), "p"),
      stallTimeout: STALL_TIMEOUT,
      fetch: fetchFor(() => {
        requests += 1;
        // After the ingest has begun to wait for it.
        setImmediate(() => setImmediate(() => clock.pass(STALL_TIMEOUT)));
      }),
    };
    const error = await failure(ingest(server.client, options, clock));
    // Those that send a thousand bytes bring the download further until it is complete but wrong.
    expect(["download", "corrupt"]).toContain((error as IngestError).reason);
    expect(requests).toBeGreaterThan(2);
    await ingestPackage(server.client, { versionId: "version", directory: options.directory });
    expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
  });

  test("ends by an abort, and the target can be used again", async () => {
    const server = await servePackage([oneChunk]);
    const controller = new AbortController();
    const reason = new Error("enough");
    const folder = temporaryFolder();
    const options = { versionId: "version", directory: join(folder, "p") };
    const fetch = fetchFor(() => setImmediate(() => controller.abort(reason)));
    const { signal } = controller;
    expect(await failure(ingestPackage(server.client, { ...options, fetch, signal }))).toBe(reason);
    await ingestPackage(server.client, options);
    expect(readdirSync(folder)).toEqual(["p"]);
  });
});

test.each([
  ["with an upgrade", `${HEAD}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`],
  ["without an upgrade", `${HEAD}\r\n`],
])("a 101 %s is an answer like any other that cannot be used", async (_, head) => {
  const switching: CdnHandler = (request) => {
    request.socket.write(head);
    return true;
  };
  expect(await recoverFrom(oneChunk, once(switching))).toHaveLength(2);
  const server = await servePackage([oneChunk]);
  server.onCdn = (...args) => args[2].id !== "zip" && switching(...args);
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingest(server.client, options, new TestClock()))).toMatchObject({
    reason: "download",
    message: expect.stringContaining("answered HTTP 101"),
  });
});

test("bytes that arrive after the end of a transfer are not written", async () => {
  const server = await servePackage([oneChunk]);
  const clock = new TestClock();
  let late: ReadableStreamDefaultController<Uint8Array> | undefined;
  const options = {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
    stallTimeout: STALL_TIMEOUT,
    fetch: async (url: string, init: RequestInit) => {
      if (url.includes("/zip") || late !== undefined) return fetch(url, init);
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          late = controller;
        },
      });
      setImmediate(() => setImmediate(() => clock.pass(STALL_TIMEOUT)));
      // Not aborted by the signal: as a fetch that ignores it.
      return new Proxy(new Response(), {
        get: (response, key) => (key === "body" ? body : Reflect.get(response, key)),
      });
    },
  };
  const done = ingest(server.client, options, clock);
  await vi.waitFor(() => expect(server.downloads).toHaveLength(1), 30_000);
  try {
    late?.enqueue(new Uint8Array(1000));
  } catch {
    // It was cancelled.
  }
  await done;
  expect(await verifyPackage(options.directory)).toMatchObject({ valid: true });
});
