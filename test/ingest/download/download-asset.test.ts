import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { CdnClient } from "../../../src/ingest/download/cdn-client.js";
import { downloadAsset } from "../../../src/ingest/download/download-asset.js";
import { DownloadUrl } from "../../../src/ingest/download/download-url.js";
import { ChunkTracker } from "../../../src/ingest/package/chunk-tracker.js";
import { failure } from "../../support/client.js";
import {
  corrupted,
  ingestFrom,
  manyChunks,
  once,
  oneChunk,
  recoverFrom,
  STALL_TIMEOUT,
} from "../support/faulty-cdn.js";
import { type CdnHandler, sendRange } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { verifyPackage } from "../support/trusted.js";

test("after a broken connection the download continues at the next byte, also inside a chunk", async () => {
  for (const asset of [manyChunks, oneChunk]) {
    const ranges = await recoverFrom(
      asset,
      once((_, response, { content }) => {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 45_678), () => setImmediate(() => response.destroy()));
        return true;
      }),
    );
    expect(ranges).toEqual([undefined, `bytes=45678-${asset.content.length - 1}`]);
  }
});

test("only the wrong chunk is fetched again", async () => {
  const ranges = await recoverFrom(
    manyChunks,
    once((request, response, { content }) => {
      sendRange(response, corrupted(content, 34_567), request.headers.range);
      return true;
    }),
  );
  expect(ranges).toEqual([undefined, "bytes=30000-39999"]);
});

test("a chunk that stays wrong is given up after 5 attempts, and the error has all details", async () => {
  for (const asset of [manyChunks, oneChunk]) {
    const { done, server, clock } = await ingestFrom(asset, (request, response, { content }) => {
      sendRange(response, corrupted(content, 34_567), request.headers.range);
      return true;
    });
    const chunk = asset === manyChunks ? 3 : 0;
    const error = await failure(done);
    expect(error).toMatchObject({ reason: "corrupt", path: `variant/${asset.id}.ipa`, chunk });
    const { message, expected, found } = error as { message: string; expected: string; found: string };
    expect(message).toContain(`chunk ${chunk}`);
    expect(message).toContain(expected);
    expect(message).toContain(found);
    expect(found).toMatch(/^[0-9a-f]{64}$/);
    expect(found).not.toBe(expected);
    expect(server.downloads).toHaveLength(5);
    expect(clock.retryDelays.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
  }
});

test.each([403, 404, 410, 401, 400])(
  "a URL answered with %i is renewed, and the download continues",
  async (status) => {
    const asset = oneChunk;
    let first: number | undefined;
    const { server, directory, done } = await ingestFrom(asset, (request, response, { content, serial }) => {
      first ??= serial;
      if (serial !== first) return false;
      if (request.headers.range) {
        // An error page may be compressed although only identity is accepted.
        response.writeHead(status, { "content-encoding": "gzip" }).end(gzipSync("<Error/>"));
      } else {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
      }
      return true;
    });
    const { apiCalls } = await done;
    expect(apiCalls).toBe(3);
    expect(server.api.at(-1)).toBe("/v1/alternativeDistributionPackageVariants/one");
    expect(server.downloads.map(({ range }) => range)).toEqual([
      undefined,
      "bytes=50000-89999",
      "bytes=50000-89999",
    ]);
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  },
);

test.each<[string, (content: Buffer) => CdnHandler]>([
  [
    "resets before the headers",
    () => (_, response) => {
      response.destroy();
      return true;
    },
  ],
  [
    "answers 503",
    () => (_, response) => {
      response.writeHead(503).end();
      return true;
    },
  ],
  [
    "claims another length",
    (content) => (_, response) => {
      response.writeHead(200, { "content-length": content.length + 10 }).end(content);
      return true;
    },
  ],
  [
    "claims a shorter length",
    (content) => (_, response) => {
      response.writeHead(200, { "content-length": 100 }).end(content.subarray(0, 100));
      return true;
    },
  ],
  [
    "sends more than the file, without a length",
    (content) => (_, response) => {
      response.end(Buffer.concat([content, Buffer.from("more")]));
      return true;
    },
  ],
  [
    "sends less than the file, without a length",
    (content) => (_, response) => {
      response.end(content.subarray(0, 100));
      return true;
    },
  ],
  [
    "sends a compressed file",
    (content) => (_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(content);
      return true;
    },
  ],
  [
    "redirects elsewhere",
    () => (_, response) => {
      response.writeHead(302, { location: "ftp://elsewhere" }).end();
      return true;
    },
  ],
  [
    "sends another range than requested",
    (content) => (_, response) => {
      response
        .writeHead(206, { "content-range": `bytes 5-9/${content.length}` })
        .end(content.subarray(5, 10));
      return true;
    },
  ],
])("the ingest recovers from a CDN that once %s, and gives up if it always does", async (_, handlerFor) => {
  for (const asset of [manyChunks, oneChunk]) {
    const handler = handlerFor(asset.content);
    await recoverFrom(asset, once(handler));
    const { done, server, directory } = await ingestFrom(asset, handler);
    expect(await failure(done)).toMatchObject({ name: "IngestError", path: `variant/${asset.id}.ipa` });
    expect(server.downloads.length).toBeLessThanOrEqual(6);
    expect(await verifyPackage(directory)).toMatchObject({
      valid: false,
      missing: ["manifest.json", "signature"],
    });
  }
});

test("a file that is longer or shorter than the manifest says is corrupt", async () => {
  const longer = Buffer.concat([oneChunk.content, Buffer.from("tail")]);
  const { done } = await ingestFrom(oneChunk, (request, response) => {
    sendRange(response, longer, request.headers.range);
    return true;
  });
  expect(await failure(done)).toMatchObject({ reason: "corrupt", expected: "90000", found: "90004" });
  const cut = manyChunks.content.subarray(0, 95_000);
  const shorter = await ingestFrom(manyChunks, (request, response) => {
    const { range } = request.headers;
    if (range?.startsWith("bytes=95000")) {
      response.writeHead(416, { "content-range": "bytes */95000" }).end();
    } else {
      sendRange(response, cut, range);
    }
    return true;
  });
  expect(await failure(shorter.done)).toMatchObject({
    reason: "corrupt",
    expected: "100000",
    found: "95000",
  });
});

test("HTTP 416 with the right length of the file is reported as such, not as a wrong length", async () => {
  const { done } = await ingestFrom(oneChunk, (request, response, { content }) => {
    if (request.headers.range) response.writeHead(416, { "content-range": "bytes */90000" }).end();
    else {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
    }
    return true;
  });
  expect(await failure(done)).toMatchObject({
    reason: "download",
    message: expect.stringContaining("the CDN answered HTTP 416."),
  });
});

test("of a CDN that ignores ranges, the bytes before the range are skipped", async () => {
  for (const asset of [manyChunks, oneChunk]) {
    let requests = 0;
    await recoverFrom(asset, (_, response, { content }) => {
      response.writeHead(200, { "content-length": content.length });
      if (requests++ > 0) response.end(content);
      else response.write(content.subarray(0, 45_678), () => setImmediate(() => response.destroy()));
      return true;
    });
    expect(requests).toBe(2);
  }
});

test("a file that is too long does not hide that its last bytes could not be written", async () => {
  const { signal } = new AbortController();
  const clock = new TestClock();
  const bytes = 10;
  const digests = ["0".repeat(64)];
  const chunks = new ChunkTracker(
    {
      kind: "variant",
      id: "a",
      path: "variant/a.ipa",
      bytes,
      algorithm: "sha256",
      chunkSize: bytes,
      digests,
    },
    { wholeAlgorithms: [], onBytes: () => {} },
  );
  let requests = 0;
  const fetch = async () => {
    requests += 1;
    return new Response("x".repeat(bytes + 1));
  };
  const cdn = new CdnClient({ fetch, stallTimeout: STALL_TIMEOUT, clock, signal });
  const attributes = { url: "https://cdn.example/a" };
  const url = new DownloadUrl({ label: "a", attributes, renew: async () => attributes, clock });
  const full = new Error("the disk is full");
  const write = () => Promise.reject(full);
  expect(await failure(downloadAsset({ chunks, write }, url, cdn))).toBe(full);
  expect(requests).toBe(1);
  cdn.close();
});
