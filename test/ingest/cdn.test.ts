import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { SignedUrl } from "../../src/ingest/download/signed-url.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { ingest } from "../../src/ingest/ingest.js";
import { failure } from "../support/client.js";
import { patientClock, temporaryFolder } from "./support/folders.js";
import {
  type CdnHandler,
  type ServedAsset,
  sendRange,
  servePackage,
  variant,
} from "./support/package-server.js";

/** Many chunks, and one. */
const many = variant("many", 100_000, 10_000);
const one = variant("one", 90_000);

/** Ingests one asset from a CDN that answers so; waits cost no time. */
async function ingestFrom(asset: ServedAsset, handler: CdnHandler, options: { stallTimeout?: number } = {}) {
  const server = await servePackage([asset]);
  server.onCdn = (request, response, served) => served.id !== "zip" && handler(request, response, served);
  const directory = join(temporaryFolder(), "p");
  const clock = patientClock();
  const done = ingest(server.client, { versionId: "version", directory, ...options }, clock);
  return { server, directory, clock, done };
}

/** The same, for a CDN that misbehaves at first: the result has to be right. */
async function recovery(asset: ServedAsset, handler: CdnHandler, options: { stallTimeout?: number } = {}) {
  const { server, directory, done } = await ingestFrom(asset, handler, options);
  await done;
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(readFileSync(join(directory, `variant/${asset.id}.ipa`)).equals(asset.content)).toBe(true);
  return server.downloads.map(({ range }) => range);
}

/** Does something to the first request for an asset only. */
function once(handler: CdnHandler): CdnHandler {
  let met = false;
  return (...args) => {
    if (met || args[2].id === "zip") return false;
    met = true;
    return handler(...args);
  };
}

function corrupted(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test("a connection that breaks off is taken up at its byte, also inside a chunk", async () => {
  for (const asset of [many, one]) {
    const ranges = await recovery(
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

test("a wrong chunk is fetched again alone", async () => {
  const ranges = await recovery(
    many,
    once((request, response, { content }) => {
      sendRange(response, corrupted(content, 34_567), request.headers.range);
      return true;
    }),
  );
  expect(ranges).toEqual([undefined, "bytes=30000-39999"]);
});

test("a chunk that stays wrong is given up after 5 tries, with all there is to say", async () => {
  for (const asset of [many, one]) {
    const { done, server, clock } = await ingestFrom(asset, (request, response, { content }) => {
      sendRange(response, corrupted(content, 34_567), request.headers.range);
      return true;
    });
    const chunk = asset === many ? 3 : 0;
    const error = await failure(done);
    expect(error).toMatchObject({ reason: "corrupt", path: `variant/${asset.id}.ipa`, chunk });
    const { message, expected, found } = error as { message: string; expected: string; found: string };
    expect(message).toContain(`chunk ${chunk}`);
    expect(message).toContain(expected);
    expect(message).toContain(found);
    expect(found).toMatch(/^[0-9a-f]{64}$/);
    expect(found).not.toBe(expected);
    expect(server.downloads).toHaveLength(5);
    expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
  }
});

test.each([403, 404, 410, 401, 400])(
  "a URL answered with %i is renewed, and the download goes on",
  async (status) => {
    const asset = one;
    let first: number | undefined;
    const { server, directory, done } = await ingestFrom(asset, (request, response, { content, serial }) => {
      first ??= serial;
      if (serial !== first) return false;
      if (request.headers.range) {
        response.writeHead(status).end("<Error/>");
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

test("the zip's URL is renewed too", async () => {
  const server = await servePackage([one]);
  server.onCdn = (_, response) => server.cdn.length === 1 && !!response.writeHead(403).end();
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  expect(server.api.filter((path) => path.endsWith("/version"))).toHaveLength(2);
});

test("a URL is renewed when its time is up, unless our clock is what is wrong", async () => {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  const renewed = async () => ({ url: "https://cdn.example/new", urlExpirationDate: at(60_000) });
  const old = (ms: number) => ({ url: "https://cdn.example/old", urlExpirationDate: at(ms) });
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());

  const url = new SignedUrl("it", old(60_000), renewed);
  const late = new SignedUrl("it", old(-60_000), renewed);
  expect(await url.get()).toBe("https://cdn.example/old");
  vi.setSystemTime(Date.now() + 60_000);
  expect(await url.get()).toBe("https://cdn.example/new");
  expect(await late.get()).toBe("https://cdn.example/old");
});

test.each(["", "file:///etc/passwd", "not a url", undefined])("a URL %j is refused", async (text) => {
  const url = new SignedUrl("variant/a.ipa", text === undefined ? {} : { url: text }, async () => ({}));
  await expect(url.get()).rejects.toMatchObject({ reason: "asset-missing" });
});

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
    "compresses all the same",
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
    "answers a range nobody asked for",
    (content) => (_, response) => {
      response
        .writeHead(206, { "content-range": `bytes 5-9/${content.length}` })
        .end(content.subarray(5, 10));
      return true;
    },
  ],
])("a CDN that once %s is forgiven, one that always does is given up", async (_, handlerFor) => {
  for (const asset of [many, one]) {
    const handler = handlerFor(asset.content);
    await recovery(asset, once(handler));
    const { done, server, directory } = await ingestFrom(asset, handler);
    expect(await failure(done)).toMatchObject({ name: "IngestError", path: `variant/${asset.id}.ipa` });
    expect(server.downloads.length).toBeLessThanOrEqual(6);
    expect(await verifyPackage(directory)).toMatchObject({
      valid: false,
      missing: ["manifest.json", "signature"],
    });
  }
});

test("a file that is longer than the manifest says is as wrong as a shorter one", async () => {
  const longer = Buffer.concat([one.content, Buffer.from("tail")]);
  const { done } = await ingestFrom(one, (request, response) => {
    sendRange(response, longer, request.headers.range);
    return true;
  });
  expect(await failure(done)).toMatchObject({ reason: "corrupt", expected: "90000", found: "90004" });
  const cut = many.content.subarray(0, 95_000);
  const shorter = await ingestFrom(many, (request, response) => {
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

test("a CDN that ignores ranges is skipped through, never appended", async () => {
  for (const asset of [many, one]) {
    let requests = 0;
    await recovery(asset, (_, response, { content }) => {
      response.writeHead(200, { "content-length": content.length });
      if (requests++ > 0) response.end(content);
      else response.write(content.subarray(0, 45_678), () => setImmediate(() => response.destroy()));
      return true;
    });
    expect(requests).toBe(2);
  }
});

test("silence counts as a reset, in the body and before the headers", async () => {
  for (const headers of [true, false]) {
    const stall = once((_, response, { content }) => {
      if (headers)
        response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 1000));
      return true;
    });
    const ranges = await recovery(one, stall, { stallTimeout: 100 });
    expect(ranges).toHaveLength(2);
  }
});

test("a redirect is followed", async () => {
  const redirect: CdnHandler = (request, response) => {
    if (request.url?.includes("hop")) return false;
    response.writeHead(302, { location: `${request.url}&hop=1` }).end();
    return true;
  };
  expect(await recovery(one, redirect)).toHaveLength(2);
});

test("the caller's fetch is used for the CDN, and resumes the same way", async () => {
  const server = await servePackage([one]);
  server.onCdn = once((_, response, { content }) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
    return true;
  });
  const urls: unknown[] = [];
  const directory = join(temporaryFolder(), "p");
  await ingestPackage(server.client, {
    versionId: "version",
    directory,
    fetch: (url, init) => {
      urls.push(url);
      return fetch(url, init);
    },
  });
  expect(urls.every((url) => typeof url === "string" && url.includes("/cdn/"))).toBe(true);
  expect(urls.length).toBe(server.cdn.length);
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("no error shows a signed URL", async () => {
  const failures: CdnHandler[] = [
    (_, response) => !!response.destroy(),
    (_, response) => !!response.writeHead(403).end(),
    (_, response) => !!response.end("HTTP/1.1 nonsense"),
  ];
  for (const handler of failures) {
    const { done } = await ingestFrom(one, handler);
    expect(inspect(await failure(done), { depth: null, showHidden: true })).not.toContain("secret-");
  }
  const server = await servePackage([one]);
  const leaky = async (url: string) => {
    throw new Error(`request to ${url} failed`);
  };
  const options = { versionId: "version", directory: join(temporaryFolder(), "p"), fetch: leaky };
  const error = await failure(ingest(server.client, options, patientClock()));
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain("secret-");
});

test("an abort ends it at once with the caller's reason, and the next run goes on", async () => {
  const server = await servePackage([one]);
  const controller = new AbortController();
  const reason = new Error("enough");
  server.onCdn = once((_, response, { content }) => {
    response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 50_000));
    return true;
  });
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p") };
  const staged = join(folder, ".p.ingest/package/variant/one.ipa");
  const { signal } = controller;
  const ingesting = failure(ingestPackage(server.client, { ...options, signal }));
  await vi.waitFor(() => expect(statSync(staged).size).toBe(50_000));
  controller.abort(reason);
  expect(await ingesting).toBe(reason);
  await ingestPackage(server.client, options);
  expect(server.downloads.at(-1)?.range).toMatch(/^bytes=50000-/);
  expect(server.cdn.filter(({ id }) => id === "zip")).toHaveLength(1);
  expect(await failure(ingestPackage(server.client, { ...options, signal }))).toBe(reason);
});

test("the caller's fault in onProgress ends the ingest, and is no reason to try again", async () => {
  const server = await servePackage([one]);
  const mine = new Error("mine");
  const onProgress = () => {
    throw mine;
  };
  const options = { versionId: "version", directory: join(temporaryFolder(), "p"), onProgress };
  expect(await failure(ingestPackage(server.client, options))).toBe(mine);
});
