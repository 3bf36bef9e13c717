import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";
import { type CdnHandler, servePackage, variant } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest, verifyPackage } from "../support/trusted.js";

const six = Array.from({ length: 6 }, (_, index) => variant(`v${index}`, 50_000 + index));

/** An ingest of six assets from a CDN that answers their requests so. `at` has when each of these came, in s. */
async function ingestSix(handler: (at: number, ...args: Parameters<CdnHandler>) => boolean) {
  const server = await servePackage(six);
  const clock = new TestClock();
  const at: number[] = [];
  server.onCdn = (...args) => {
    if (args[2].id === "zip") return false;
    const now = clock.elapsed() / 1000;
    at.push(now);
    return handler(now, ...args);
  };
  const directory = join(temporaryFolder(), "p");
  const options = { versionId: "version", directory, stallTimeout: 200_000 };
  return { done: ingest(server.client, options, clock), at, clock, directory };
}

test.each<[string, number, CdnHandler]>([
  ["a 503 for 10 s", 10, (_, response) => !!response.writeHead(503).end()],
  ["an outage of 9 s", 9, (_, response) => !!response.destroy()],
  ["an outage of 55 s", 55, (_, response) => !!response.destroy()],
  ["a 403 for 20 s", 20, (_, response) => !!response.writeHead(403).end()],
  ["a 429 for 30 s", 30, (_, response) => !!response.writeHead(429).end()],
])("%s does not end an ingest", async (_, seconds, handler) => {
  const { done, directory } = await ingestSix((at, ...args) => at < seconds && handler(...args));
  await done;
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("an ingest ends after 60 s in which no download received a byte, not sooner", async () => {
  for (const status of [503, 429, 403]) {
    const { done, at, clock } = await ingestSix((_, __, response) => !!response.writeHead(status).end());
    expect(await failure(done)).toMatchObject({
      reason: "download",
      message: expect.stringMatching(`answered HTTP ${status}\\. Given up after 60 s|wants no request`),
    });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(60_000);
    expect(clock.elapsed()).toBeLessThanOrEqual(130_000);
    expect(at.length).toBeLessThanOrEqual(6 * 10);
  }
});

test("six downloads do not send 25 requests while the CDN answers 429", async () => {
  const { done, at } = await ingestSix((_, __, response) => !!response.writeHead(429).end());
  expect(await failure(done)).toMatchObject({ reason: "download" });
  expect(at.length).toBeLessThan(25);
});

test.each([
  ["of seconds", () => "20"],
  ["with a date", (now: number) => new Date(now + 20_000).toUTCString()],
])("a Retry-After %s pauses all downloads", async (_, retryAfter) => {
  for (const status of [429, 503]) {
    let pausedUntil = 0;
    const { done, at, directory } = await ingestSix((now, _request, response, { id }) => {
      if (id !== "v0" || pausedUntil > 0) return false;
      pausedUntil = now + 19;
      response.writeHead(status, { "retry-after": retryAfter(Date.now()) }).end();
      return true;
    });
    await done;
    expect(await verifyPackage(directory)).toMatchObject({ valid: true });
    // Until 1 s, when the refused download waits by itself, requests arrive that were sent before.
    expect(at.filter((time) => time > 1 && time < pausedUntil)).toEqual([]);
    expect(at.some((time) => time >= pausedUntil)).toBe(true);
  }
});

test("after a pause, a single download tries first", async () => {
  const bursts = new Map<number, number>();
  const { done } = await ingestSix((now, _, response) => {
    bursts.set(now, (bursts.get(now) ?? 0) + 1);
    return now < 14 && !!response.writeHead(429, { "retry-after": "3" }).end();
  });
  await done;
  const [first = 0, ...others] = [...bursts].filter(([at]) => at < 14).map(([, requests]) => requests);
  expect(first).toBeLessThanOrEqual(6);
  expect(others.length).toBeGreaterThan(0);
  expect(new Set(others)).toEqual(new Set([1]));
});

test("403 and one byte in turn do not lead to a call of the API for each byte", async () => {
  const server = await servePackage([variant("a", 3000)]);
  let requests = 0;
  server.onCdn = (_, response, { id, content }) => {
    if (id === "zip") return false;
    requests += 1;
    if (requests % 2 === 1) response.writeHead(403).end();
    else {
      const from = requests / 2 - 1;
      const head = { "content-range": `bytes ${from}-2999/3000`, "content-length": 3000 - from };
      response.writeHead(from === 0 ? 200 : 206, from === 0 ? {} : head);
      response.write(content.subarray(from, from + 1), () => setImmediate(() => response.destroy()));
    }
    return true;
  };
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingest(server.client, options, new TestClock()))).toMatchObject({
    reason: "download",
  });
  expect(server.api.length).toBeLessThan(10);
});
