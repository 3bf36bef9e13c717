import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { failure } from "../../support/client.js";
import { ingestFrom, once, oneChunk, recoverFrom, STALL_TIMEOUT } from "../support/faulty-cdn.js";
import { temporaryFolder } from "../support/folders.js";
import { type CdnHandler, servePackage } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest, ingestPackage, verifyPackage } from "../support/trusted.js";

const STAGED = ".p.ingest/package/variant/one.ipa";

test("a CDN that sends nothing counts as a broken connection, in the body and before the headers", async () => {
  for (const sendsHeaders of [true, false]) {
    const clock = new TestClock();
    const stall = once((_, response, { content }) => {
      const stallNow = () => clock.pass(STALL_TIMEOUT);
      if (!sendsHeaders) stallNow();
      else {
        response.writeHead(200, { "content-length": content.length });
        response.write(content.subarray(0, 1000), stallNow);
      }
      return true;
    });
    expect(await recoverFrom(oneChunk, stall, clock)).toHaveLength(2);
  }
});

test("stallTimeout counts from the last byte, not from the start of the request", async () => {
  const clock = new TestClock();
  const server = await servePackage([oneChunk]);
  let sendMore = (_bytes: Buffer) => {};
  server.onCdn = once((_, response, { content }) => {
    response.writeHead(200, { "content-length": content.length });
    sendMore = (bytes) => void response.write(bytes);
    return true;
  });
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p"), stallTimeout: STALL_TIMEOUT };
  const done = ingest(server.client, options, clock);
  const arrived = (bytes: number) =>
    vi.waitFor(() => expect(statSync(join(folder, STAGED)).size).toBe(bytes), 30_000);

  await vi.waitFor(() => expect(server.downloads).toHaveLength(1), 30_000);
  sendMore(oneChunk.content.subarray(0, 1000));
  await arrived(1000);
  clock.pass(60_000);
  sendMore(oneChunk.content.subarray(1000, 2000));
  await arrived(2000);
  // As long as stallTimeout after the start, but not after the last byte.
  clock.pass(40_000);
  await nextTurn();
  sendMore(oneChunk.content.subarray(2000, 3000));
  await arrived(3000);
  clock.pass(STALL_TIMEOUT);
  await done;
  expect(server.downloads.map(({ range }) => range)).toEqual([undefined, "bytes=3000-89999"]);
});

test("a redirect is followed", async () => {
  const redirect: CdnHandler = (request, response) => {
    if (request.url?.includes("hop")) return false;
    response.writeHead(302, { location: `${request.url}&hop=1` }).end();
    return true;
  };
  expect(await recoverFrom(oneChunk, redirect)).toHaveLength(2);
});

test("the caller's fetch is used for the CDN, and resumes the same way", async () => {
  const server = await servePackage([oneChunk]);
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
    const { done } = await ingestFrom(oneChunk, handler);
    expect(inspect(await failure(done), { depth: null, showHidden: true })).not.toContain("secret-");
  }
  const server = await servePackage([oneChunk]);
  const leaky = async (url: string) => {
    throw new Error(`request to ${url} failed`);
  };
  const options = { versionId: "version", directory: join(temporaryFolder(), "p"), fetch: leaky };
  const error = await failure(ingest(server.client, options, new TestClock()));
  expect(inspect(error, { depth: null, showHidden: true })).not.toContain("secret-");
});

test("an abort rejects with the caller's reason, and the next run continues", async () => {
  const server = await servePackage([oneChunk]);
  const controller = new AbortController();
  const reason = new Error("enough");
  server.onCdn = once((_, response, { content }) => {
    response.writeHead(200, { "content-length": content.length }).write(content.subarray(0, 50_000));
    return true;
  });
  const folder = temporaryFolder();
  const options = { versionId: "version", directory: join(folder, "p") };
  const staged = join(folder, STAGED);
  const { signal } = controller;
  const ingesting = failure(ingestPackage(server.client, { ...options, signal }));
  await vi.waitFor(() => expect(statSync(staged).size).toBe(50_000), 30_000);
  controller.abort(reason);
  expect(await ingesting).toBe(reason);
  await ingestPackage(server.client, options);
  expect(server.downloads.at(-1)?.range).toMatch(/^bytes=50000-/);
  expect(server.cdn.filter(({ id }) => id === "zip")).toHaveLength(1);
  expect(await failure(ingestPackage(server.client, { ...options, signal }))).toBe(reason);
});

test("an error that onProgress throws ends the ingest, without a retry", async () => {
  const server = await servePackage([oneChunk]);
  const mine = new Error("mine");
  const onProgress = () => {
    throw mine;
  };
  const options = { versionId: "version", directory: join(temporaryFolder(), "p"), onProgress };
  expect(await failure(ingestPackage(server.client, options))).toBe(mine);
});
