import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { verifyPackage } from "../../../src/ingest/index.js";
import { verify } from "../../../src/ingest/verify.js";
import { temporaryFolder } from "../support/folders.js";
import { manifestOf, variant } from "../support/package-server.js";
import { type ServeHandler, serveFolder } from "../support/served-folder.js";
import { signatureOf, trust } from "../support/signing.js";
import { TestClock } from "../support/test-clock.js";

const asset = variant("a", 200_000);
const manifest = JSON.stringify(manifestOf([asset]));

/** Serves a complete package with one asset. */
function serve(handler: ServeHandler) {
  const directory = temporaryFolder();
  mkdirSync(join(directory, "variant"));
  writeFileSync(join(directory, "manifest.json"), manifest);
  writeFileSync(join(directory, "signature"), signatureOf(manifest, [asset]));
  writeFileSync(join(directory, "variant/a.ipa"), asset.content);
  return serveFolder(directory, handler);
}

const isAsset = (path: string) => path === "variant/a.ipa";

test.each([400, 405, 406, 416, 501])(
  "a server that answers HEAD and ranges with %s is fine",
  async (status) => {
    const { url, requests } = await serve((request, response) => {
      if (request.method !== "HEAD" && request.headers.range === undefined) return false;
      return !!response.writeHead(status).end();
    });
    expect(await verifyPackage(url, { trust })).toMatchObject({ valid: true, corrupt: [] });
    expect(requests.filter((request) => isAsset(request.slice(-13)))).toHaveLength(3);
  },
);

test.each(["", "identity", "Identity"])("the content encoding %j is none", async (encoding) => {
  const { url } = await serve((_request, response) => {
    response.setHeader("content-encoding", encoding);
    return false;
  });
  for (const content of ["present", "full"] as const) {
    expect(await verifyPackage(url, { trust, content })).toMatchObject({ valid: true, corrupt: [] });
  }
});

test("compression that HEAD does not show is found", async () => {
  const { url } = await serve((request, response, path) => {
    response.setHeader("vary", "Origin, Accept-Encoding");
    if (!isAsset(path) || request.method === "HEAD") return false;
    return !!response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(asset.content));
  });
  expect(await verifyPackage(url, { trust })).toMatchObject({
    valid: false,
    corrupt: [{ path: "variant/a.ipa", reason: expect.stringContaining("Content-Encoding gzip") }],
  });
});

test("a server that may compress, but does not compress assets, is fine", async () => {
  const { url } = await serve((_request, response) => {
    response.setHeader("vary", "Accept-Encoding");
    return false;
  });
  expect(await verifyPackage(url, { trust })).toMatchObject({ valid: true, corrupt: [] });
});

test("a page that is longer than the asset is called a page", async () => {
  const { url } = await serve((request, response, path) => {
    if (!isAsset(path)) return false;
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    // Two writes, so that node cannot know the length.
    if (request.method !== "HEAD") response.write("<html>");
    response.end(request.method === "HEAD" ? undefined : Buffer.alloc(300_000, "x"));
    return true;
  });
  expect(await verifyPackage(url, { trust })).toMatchObject({
    corrupt: [{ path: "variant/a.ipa", reason: expect.stringContaining("HTML page") }],
  });
});

test.each(["manifest.json", "signature"])(
  "a page without <html> in place of %s is called a page",
  async (name) => {
    for (const page of [
      "<script>location.reload()</script>",
      "\n <body>Log in</body>",
      "<?xml version='1.0'?>",
    ]) {
      const { url } = await serve((_request, response, path) => path === name && !!response.end(page));
      expect(await verifyPackage(url, { trust })).toMatchObject({
        valid: false,
        corrupt: [{ path: name, reason: expect.stringContaining("HTML page") }],
      });
    }
  },
);

test("a HEAD that nobody answers is not sent again", async () => {
  const clock = new TestClock();
  const { url, requests } = await serve((request) => {
    if (request.method !== "HEAD") return false;
    setImmediate(() => clock.pass(61_000));
    return true;
  });
  expect(await verify(url, { trust }, clock)).toMatchObject({ valid: true, corrupt: [] });
  expect(requests.slice(2)).toEqual(["HEAD variant/a.ipa", "GET variant/a.ipa"]);
});

test("the time without a byte counts from the last byte, not from the start of the request", async () => {
  const clock = new TestClock();
  const fetch = async () => {
    clock.pass(40_000);
    const pull = async (controller: ReadableStreamDefaultController) => {
      clock.pass(25_000);
      await nextTurn();
      controller.enqueue(Buffer.from(manifest));
      controller.close();
    };
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
  };
  const report = await verify("https://cdn.example/p/", { fetch, trust }, clock);
  expect(report.corrupt.map(({ path }) => path)).not.toContain("manifest.json");
});

test("a connection error of another realm is named too", async () => {
  const error: unknown = runInNewContext(
    `new TypeError("secret", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) })`,
  );
  expect(error).not.toBeInstanceOf(Error);
  const fetch = () => Promise.reject(error);
  expect(await verify("https://cdn.example/p/", { fetch }, new TestClock())).toMatchObject({
    corrupt: [{ reason: "cannot be fetched (ECONNREFUSED)" }, { path: "signature" }],
  });
});
