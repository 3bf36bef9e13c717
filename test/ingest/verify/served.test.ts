import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { verifyPackage } from "../../../src/ingest/index.js";
import { verify } from "../../../src/ingest/verify.js";
import { temporaryFolder } from "../support/folders.js";
import { delta, manifestOf, variant } from "../support/package-server.js";
import { type ServeHandler, serveFolder } from "../support/served-folder.js";
import { signatureOf, trust } from "../support/signing.js";
import { TestClock } from "../support/test-clock.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];
const manifest = JSON.stringify(manifestOf(assets));

/** A complete package folder. */
function packageFolder(): string {
  const directory = temporaryFolder();
  for (const name of ["variant", "delta"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "manifest.json"), manifest);
  writeFileSync(join(directory, "signature"), signatureOf(manifest, assets));
  for (const { kind, id, content } of assets) writeFileSync(join(directory, kind, `${id}.ipa`), content);
  return directory;
}

/** Answers the requests for one path. */
function at(path: string, answer: (response: ServerResponse, method: string) => void): ServeHandler {
  return (request, response, requested) => {
    if (requested !== path) return false;
    answer(response, request.method ?? "");
    return true;
  };
}

const valid = { valid: true, missing: [], added: [], corrupt: [], signature: { valid: true } };
const html = "<!doctype html><title>Just a moment…</title>";

test("a served package is valid, and no asset's content is read", async () => {
  const { url, requests } = await serveFolder(packageFolder());
  expect(await verifyPackage(url, { trust })).toMatchObject(valid);
  expect(requests.sort()).toEqual(
    [
      "GET manifest.json",
      "GET signature",
      "HEAD delta/d.ipa",
      "HEAD variant/a.ipa",
      "HEAD variant/b.ipa",
    ].sort(),
  );
  expect(await verifyPackage(`${url}manifest.json`, { trust })).toMatchObject(valid);
  expect(await verifyPackage(url.slice(0, -1), { trust })).toMatchObject(valid);
});

test("content full reads every byte, and finds a wrong one", async () => {
  const folder = packageFolder();
  const { url, requests } = await serveFolder(folder);
  expect(await verifyPackage(url, { trust, content: "full" })).toMatchObject(valid);
  expect(requests.filter((request) => !request.startsWith("GET"))).toEqual([]);
  const content = Buffer.from(assets[1]?.content ?? "");
  content[1500] = (content[1500] ?? 0) ^ 1;
  writeFileSync(join(folder, "variant/b.ipa"), content);
  expect(await verifyPackage(url, { trust })).toMatchObject(valid);
  expect(await verifyPackage(url, { trust, content: "full" })).toMatchObject({
    valid: false,
    corrupt: [{ path: "variant/b.ipa", chunk: 1 }],
  });
});

test.each<[string, ServeHandler]>([
  ["HEAD", (request, response) => request.method === "HEAD" && !!response.writeHead(405).end()],
  [
    "HEAD and ranges",
    (request, response) => {
      if (request.method === "HEAD") return !!response.writeHead(501).end();
      delete request.headers.range;
      return false;
    },
  ],
  ["a length in HEAD", (request, response) => request.method === "HEAD" && !!response.writeHead(200).end()],
  [
    "any length",
    at("variant/b.ipa", (response, method) => {
      response.writeHead(200);
      // Two writes, so that node cannot know the length.
      if (method !== "HEAD") response.write(assets[1]?.content.subarray(0, 10));
      response.end(method === "HEAD" ? undefined : assets[1]?.content.subarray(10));
    }),
  ],
])("a server without %s is fine", async (_, handler) => {
  const { url } = await serveFolder(packageFolder(), handler);
  expect(await verifyPackage(url, { trust })).toMatchObject(valid);
  expect(await verifyPackage(url, { trust, content: "full" })).toMatchObject(valid);
});

test.each<[string, ServeHandler, object]>([
  [
    "a missing asset",
    at("delta/d.ipa", (response) => response.writeHead(404).end()),
    { missing: ["delta/d.ipa"], corrupt: [] },
  ],
  [
    "an asset of another length",
    at("delta/d.ipa", (response) => response.writeHead(200, { "content-length": 5 }).end("abcde")),
    { corrupt: [{ path: "delta/d.ipa", reason: "has 5 bytes, the manifest says 3000" }] },
  ],
  [
    "an asset that is forbidden",
    at("delta/d.ipa", (response) => response.writeHead(403).end(html)),
    {
      corrupt: [
        { path: "delta/d.ipa", reason: expect.stringMatching(/403.*bot protection, hotlink protection/) },
      ],
    },
  ],
  [
    "a page in place of an asset",
    at("delta/d.ipa", (response) =>
      response.writeHead(200, { "content-type": "text/html", "content-length": html.length }).end(html),
    ),
    { corrupt: [{ path: "delta/d.ipa", reason: expect.stringMatching(/HTML page.*challenge page/) }] },
  ],
  [
    "a compressed asset",
    (request, response, path) => {
      if (path !== "delta/d.ipa" || !request.headers["accept-encoding"]?.includes("gzip")) return false;
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(request.method === "HEAD" ? undefined : gzipSync(assets[2]?.content ?? ""));
      return true;
    },
    {
      corrupt: [
        {
          path: "delta/d.ipa",
          reason: expect.stringMatching(/Content-Encoding gzip: switch compression off/),
        },
      ],
    },
  ],
  [
    "a redirect to plain http",
    at("delta/d.ipa", (response) => response.writeHead(302, { location: "http://cdn.example/d" }).end()),
    { corrupt: [{ path: "delta/d.ipa", reason: expect.stringMatching(/redirects to plain http/) }] },
  ],
  [
    "a circle of redirects",
    at("delta/d.ipa", (response) => response.writeHead(302, { location: "d.ipa" }).end()),
    { corrupt: [{ path: "delta/d.ipa", reason: expect.stringMatching(/more than 5 redirects/) }] },
  ],
  [
    "a reformatted manifest",
    at("manifest.json", (response) => response.end(JSON.stringify(JSON.parse(manifest), null, 2))),
    { corrupt: [], signature: { reason: "manifest", message: expect.stringMatching(/SHA-256 differs/) } },
  ],
  [
    "a page in place of the manifest",
    at("manifest.json", (response) => response.writeHead(200).end(html)),
    {
      corrupt: [{ path: "manifest.json", reason: expect.stringMatching(/HTML page/) }],
      signature: { reason: "manifest" },
    },
  ],
  [
    "a challenge in place of the manifest",
    at("manifest.json", (response) => response.writeHead(403, { "cf-mitigated": "challenge" }).end(html)),
    { corrupt: [{ path: "manifest.json", reason: expect.stringMatching(/challenge of bot protection/) }] },
  ],
  [
    "no signature",
    at("signature", (response) => response.writeHead(404).end()),
    { missing: ["signature"], signature: { reason: "missing" } },
  ],
  [
    "a forbidden signature",
    at("signature", (response) => response.writeHead(403).end()),
    { missing: [], corrupt: [{ path: "signature" }], signature: { reason: "missing" } },
  ],
])("%s is reported", async (_, handler, expected) => {
  const { url } = await serveFolder(packageFolder(), handler);
  expect(await verifyPackage(url, { trust })).toMatchObject({ valid: false, added: [], ...expected });
  expect(await verifyPackage(url, { trust, content: "full" })).toMatchObject({
    valid: false,
    added: [],
    ...expected,
  });
});

test("a compressed manifest has the right bytes once it is decompressed", async () => {
  const handler = at("manifest.json", (response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(manifest)),
  );
  const { url } = await serveFolder(packageFolder(), handler);
  expect(await verifyPackage(url, { trust })).toMatchObject(valid);
});

test("a connection that breaks and an overloaded server are tried again", async () => {
  const failures = new Map<string, number>();
  const { url } = await serveFolder(packageFolder(), (request, response, path) => {
    const count = failures.get(path) ?? 0;
    failures.set(path, count + 1);
    if (count >= 2) return false;
    if (count === 0) request.socket.destroy();
    else response.writeHead(503).end();
    return true;
  });
  expect(await verify(url, { trust, content: "full" }, new TestClock())).toMatchObject(valid);
});

test("a server that is not there gives a report, and a signal ends it", async () => {
  const { url } = await serveFolder(packageFolder());
  const fetch = () => Promise.reject(Object.assign(new Error("secret"), { code: "ECONNREFUSED" }));
  const report = await verify("https://cdn.example/p/", { fetch }, new TestClock());
  expect(report).toMatchObject({
    valid: false,
    missing: [],
    corrupt: [
      { path: "manifest.json", reason: "cannot be fetched (ECONNREFUSED)" },
      { path: "signature", reason: "cannot be fetched (ECONNREFUSED)" },
    ],
    signature: { valid: false, reason: "missing" },
  });
  const reason = new Error("enough");
  await expect(verifyPackage(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("a server that sends nothing is given up", async () => {
  const clock = new TestClock();
  const { url } = await serveFolder(packageFolder(), (_request, _response, path) => {
    if (path !== "signature") return false;
    // Once this turn's work is done, the client waits for the answer.
    setImmediate(() => clock.pass(61_000));
    return true;
  });
  expect(await verify(url, { trust }, clock)).toMatchObject({
    valid: false,
    corrupt: [{ path: "signature", reason: "cannot be fetched (no byte for 60 s)" }],
  });
});

test("a fetch that ignores its signal is given up too", async () => {
  const clock = new TestClock();
  const fetch = () => {
    setImmediate(() => clock.pass(61_000));
    return new Promise<Response>(() => {});
  };
  const report = await verify("https://cdn.example/", { trust, fetch }, clock);
  expect(report.valid).toBe(false);
  expect(report.corrupt[0]?.reason).toContain("no byte for 60 s");
});

test("every body is read or cancelled, also where fetch ignores its signal", async () => {
  const open = new Set<string>();
  const fetch = async (url: string) => {
    open.add(url);
    const body = new ReadableStream({ cancel: () => void open.delete(url) });
    return new Response(body, { status: 404 });
  };
  const report = await verify("https://cdn.example/", { trust, fetch }, new TestClock());
  expect(report.valid).toBe(false);
  expect([...open]).toEqual([]);
});

test("at most eight files are asked for at a time", async () => {
  const many = Array.from({ length: 40 }, (_, index) => variant(`v${index}`, 100 + index));
  const folder = temporaryFolder();
  const text = JSON.stringify(manifestOf(many));
  mkdirSync(join(folder, "variant"));
  writeFileSync(join(folder, "manifest.json"), text);
  writeFileSync(join(folder, "signature"), signatureOf(text, many));
  for (const { id, content } of many) writeFileSync(join(folder, "variant", `${id}.ipa`), content);
  const held: ServerResponse[] = [];
  // Each answer waits until eight are asked for: with fewer at a time, the test would not end.
  const { url, mostOpen } = await serveFolder(folder, (_request, response, path) => {
    if (!path.startsWith("variant/")) return false;
    const { length } = many.find(({ id }) => path === `variant/${id}.ipa`)?.content ?? "";
    response.setHeader("content-length", length);
    held.push(response);
    if (held.length === 8) for (const answer of held.splice(0)) answer.end();
    return true;
  });
  expect(await verifyPackage(url, { trust })).toMatchObject(valid);
  expect(mostOpen()).toBe(8);
});

test.each([
  ["http://cdn.example/p/", /expected an https URL, got "http/],
  ["https://user:secret@cdn.example/p/", /without user name, query and fragment, got one that has them/],
  ["https://cdn.example/p/?token=secret", /without user name, query and fragment, got one that has them/],
  ["https://", /expected an https URL/],
  ["ftp://cdn.example/p/", /expected an https URL, got "ftp/],
  ["ftp://localhost/p/", /expected an https URL, got "ftp/],
])("%s is refused", async (url, message) => {
  await expect(verifyPackage(url)).rejects.toThrow(message);
});
