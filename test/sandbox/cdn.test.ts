import { describe, expect, test } from "vitest";
import { bytesOf } from "./fault-support.js";
import { published } from "./package-support.js";
import { NOON } from "./support.js";

describe("a range", () => {
  test.each([
    ["bytes=0-9", 206, "bytes 0-9/1000", 0, 10],
    ["bytes=990-", 206, "bytes 990-999/1000", 990, 1000],
    ["bytes=990-5000", 206, "bytes 990-999/1000", 990, 1000],
    ["bytes=-10", 206, "bytes 990-999/1000", 990, 1000],
    ["bytes=-5000", 206, "bytes 0-999/1000", 0, 1000],
    ["bytes=1000-", 416, "bytes */1000", 0, 0],
    ["bytes=-0", 416, "bytes */1000", 0, 0],
    ["bytes=9-8", 200, null, 0, 1000],
    ["bytes=0-1,5-6", 200, null, 0, 1000],
    ["bytes=-", 200, null, 0, 1000],
    ["lines=1-2", 200, null, 0, 1000],
  ])("%s is answered %i %s", async (range, status, contentRange, start, end) => {
    const { variant, get } = await published({ assetBytes: 1000 });
    const { url } = await variant();
    const whole = await bytesOf(await get(url));
    const response = await get(url, { range });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect(await bytesOf(response)).toEqual(whole.subarray(start, end));
  });

  test("is ignored when If-Range names another version of the file", async () => {
    const { variant, get } = await published({ assetBytes: 1000 });
    const { url } = await variant();
    const etag = (await get(url)).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"\w+"$/);
    expect((await get(url, { range: "bytes=5-", "if-range": etag })).status).toBe(206);
    expect((await get(url, { range: "bytes=5-", "if-range": '"other"' })).status).toBe(200);
    expect((await get(url, { "if-none-match": etag })).status).toBe(304);
    const other = await variant(1);
    expect((await get(other.url)).headers.get("etag")).not.toBe(etag);
    expect((await get((await variant()).url)).headers.get("etag")).toBe(etag);
  });

  test("of an asset of 4 GB takes no memory for the rest of the asset", async () => {
    const size = 4 * 2 ** 30 + 12_345;
    const { variant, get } = await published({ variants: [size], chunkSize: 64 * 2 ** 20 });
    const { url, fileChecksum } = await variant();
    expect(fileChecksum).toBeUndefined();
    const before = process.memoryUsage();
    const head = await get(url, {}, "HEAD");
    expect(head.headers.get("content-length")).toBe(String(size));
    const far = await bytesOf(await get(url, { range: `bytes=${size - 3_000_000}-${size - 1}` }));
    const overlapping = await bytesOf(await get(url, { range: `bytes=${size - 10_000}-` }));
    expect(far.subarray(-10_000)).toEqual(overlapping);
    const after = process.memoryUsage();
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(
      64 * 2 ** 20,
    );
  });
});

describe("a signed URL", () => {
  test("is valid until it expires by the sandbox's clock; then a new one is valid", async () => {
    let now = NOON;
    const { variant, get } = await published({}, { now: () => now, urlLifetime: 60_000 });
    const { url, urlExpirationDate } = await variant();
    expect(Date.parse(urlExpirationDate)).toBe(NOON + 60_000);
    now += 59_999;
    expect((await get(url)).status).toBe(200);
    now += 1;
    const expired = await get(url);
    expect(expired.status).toBe(403);
    expect(expired.headers.get("content-type")).toBe("application/xml");
    const renewed = await variant();
    expect((await get(renewed.url)).status).toBe(200);
  });

  test("is bound to its path, its expiry and its sandbox", async () => {
    const { variant, get } = await published();
    const other = await published({}, { seed: 2 });
    const { url } = await variant();
    const { url: elsewhere } = await variant(1);
    const moved = new URL(url);
    moved.pathname = new URL(elsewhere).pathname;
    const prolonged = new URL(url);
    prolonged.searchParams.set("expires", String(NOON));
    for (const bad of [moved.href, prolonged.href, url.split("?")[0] ?? "", (await other.variant()).url]) {
      expect((await get(bad)).status).toBe(403);
    }
  });

  test("needs no token, and the log says whether one was sent, without keeping it", async () => {
    const { variant, get, sandbox, token } = await published();
    const { url } = await variant();
    await get(url, { range: "bytes=0-5" });
    await get(url, { authorization: `Bearer ${token}` });
    const [withoutToken, withToken] = sandbox.requests.filter(({ on }) => on === "cdn");
    expect(withoutToken).toMatchObject({ hadToken: false, range: "bytes=0-5", status: 206, query: {} });
    expect(withToken).toMatchObject({ hadToken: true, status: 200 });
    expect(JSON.stringify(sandbox.requests)).not.toContain(token);
    expect(JSON.stringify(sandbox.requests)).not.toContain("accessKey");
  });

  test("supports only GET and HEAD", async () => {
    const { variant, get } = await published();
    const { url } = await variant();
    expect((await get(url, {}, "DELETE")).status).toBe(405);
  });
});
