import { describe, expect, test } from "vitest";
import { ask, bytesOf, DOMAINS, sha256 } from "./fault-support.js";
import { packageFor } from "./support.js";

describe.each(["fetch", "server"] as const)("what a fault does to the answer, by %s", (way) => {
  test("status: Apple's error document of that status, and the request has no effect", async () => {
    const operation = "alternativeDistributionPackages_createInstance";
    const { sandbox, api } = await ask(way, {
      operation,
      status: 429,
      headers: { "Retry-After": "3" },
      times: 1,
    });
    const { id } = sandbox.addAppStoreVersion();
    const create = () => {
      const body = JSON.stringify(packageFor(id));
      return api("/v1/alternativeDistributionPackages", { method: "POST", body });
    };
    const refused = await create();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("3");
    expect(refused.headers.get("x-rate-limit")).toMatch(/^user-hour-lim/);
    expect(await refused.json()).toMatchObject({ errors: [{ status: "429", code: "RATE_LIMIT_EXCEEDED" }] });
    expect((await create()).status).toBe(201);
  });

  test.each([
    [401, undefined, "NOT_AUTHORIZED"],
    [
      403,
      "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
      "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
    ],
    [500, undefined, "UNEXPECTED_ERROR"],
    [503, undefined, "UNEXPECTED_ERROR"],
  ])("status %i has Apple's code", async (status, code, expected) => {
    const { api } = await ask(way, { status, ...(code && { code }) });
    const response = await api(DOMAINS);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ status: String(status), code: expected }] });
  });

  test("body and headers: HTML with 200, an empty 500, a wrong content type, unreadable headers", async () => {
    const { sandbox, api } = await ask(way);
    const html = "<html>hello</html>";
    sandbox.faults.clear();
    sandbox.faults.add({ body: html, headers: { "content-type": "text/html" }, times: 1 });
    sandbox.faults.add({ status: 500, body: "", headers: { "content-type": null }, times: 1 });
    sandbox.faults.add({ headers: { "content-type": "text/plain" }, times: 1 });
    sandbox.faults.add({ headers: { "x-rate-limit": "user-hour-lim:;;x", date: null }, times: 1 });
    sandbox.faults.add({ body: { data: [] }, times: 1 });

    const page = await api(DOMAINS);
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      200,
      "text/html",
      html,
    ]);
    const empty = await api(DOMAINS);
    expect([empty.status, empty.headers.get("content-type"), await empty.text()]).toEqual([500, null, ""]);
    const plain = await api(DOMAINS);
    expect(plain.headers.get("content-type")).toBe("text/plain");
    expect(await plain.json()).toMatchObject({ data: [] });
    const garbled = await api(DOMAINS);
    expect(garbled.headers.get("x-rate-limit")).toBe("user-hour-lim:;;x");
    expect(garbled.headers.get("date")).toBeNull();
    expect(await (await api(DOMAINS)).json()).toEqual({ data: [] });
  });

  test("a redirect to another host", async () => {
    const { api, sandbox } = await ask(way, {
      status: 302,
      headers: { location: "https://elsewhere.example/v1" },
    });
    const response = await api(DOMAINS, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/v1");
    await expect(api(DOMAINS, { redirect: "error" })).rejects.toThrow(TypeError);
    expect(sandbox.requests.every(({ origin }) => origin !== "https://elsewhere.example")).toBe(true);
  });

  test("truncated: a shorter body, with its own length in the header", async () => {
    const { sandbox, api, cdn } = await ask(way, { truncate: true });
    const cut = await (await api(DOMAINS)).text();
    expect(() => JSON.parse(cut)).toThrow(SyntaxError);
    sandbox.faults.clear();
    sandbox.faults.add({ truncate: true, at: 10 });
    const response = await cdn();
    expect(response.headers.get("content-length")).toBe("10");
    expect(await bytesOf(response)).toHaveLength(10);
  });

  test("corrupt: one byte is changed", async () => {
    const { sandbox, cdn, checksum } = await ask(way);
    const whole = await bytesOf(await cdn());
    expect(sha256(whole)).toBe(checksum);
    sandbox.faults.clear();
    sandbox.faults.add({ on: "cdn", corrupt: true, at: 5_000, times: 1 });
    const bad = await bytesOf(await cdn());
    expect(bad.length).toBe(whole.length);
    expect([...bad].flatMap((byte, index) => (byte === whole[index] ? [] : [index]))).toEqual([5_000]);
    expect(sha256(await bytesOf(await cdn()))).toBe(checksum);
  });

  test.each([[true, 100_001] as const, [500, 100_500] as const, [-500, 99_500] as const])(
    "a wrong length of %s: the file is %i bytes long, ranges too",
    async (wrongLength, length) => {
      const { cdn } = await ask(way, { on: "cdn", wrongLength });
      const whole = await cdn();
      expect(whole.headers.get("content-length")).toBe(String(length));
      expect(await bytesOf(whole)).toHaveLength(length);
      const rest = await cdn({ headers: { range: "bytes=99000-" } });
      expect(rest.headers.get("content-range")).toBe(`bytes 99000-${length - 1}/${length}`);
      expect(await bytesOf(rest)).toHaveLength(length - 99_000);
    },
  );

  test("a wrong length header: too long breaks the connection, too short hides the rest", async () => {
    const { sandbox, cdn } = await ask(way, { on: "cdn", headers: { "content-length": "100500" }, times: 1 });
    await expect(bytesOf(await cdn())).rejects.toThrow(TypeError);
    sandbox.faults.add({ on: "cdn", headers: { "content-length": "300" }, times: 1 });
    const short = await cdn();
    expect(short.headers.get("content-length")).toBe("300");
    expect((await bytesOf(short).catch(() => [])).length).toBeLessThanOrEqual(300);
    expect(await bytesOf(await cdn())).toHaveLength(100_000);
  });

  test("without a length header, the whole body is sent, or as much as another fault leaves of it", async () => {
    const headers = { "content-length": null };
    const { sandbox, api, cdn } = await ask(way, { headers, times: 2 });
    const whole = await cdn();
    expect(whole.headers.get("content-length")).toBe(null);
    expect(await bytesOf(whole)).toHaveLength(100_000);
    expect(await (await api(DOMAINS)).json()).toMatchObject({ data: [] });
    sandbox.faults.add({ on: "cdn", headers, reset: "mid-body", at: 1000 });
    await expect(bytesOf(await cdn())).rejects.toThrow(TypeError);
  });

  test("an ignored range: the whole file with 200", async () => {
    const { cdn } = await ask(way, { ignoreRange: true });
    const response = await cdn({ headers: { range: "bytes=10-" } });
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 100_000]);
  });

  test("an expired URL stays expired, and a renewed one works", async () => {
    const { sandbox, api, cdn, variantIds } = await ask(way, { on: "cdn", expireUrl: true, times: 1 });
    expect((await cdn()).status).toBe(403);
    expect((await cdn()).status).toBe(403);
    const renewed = await api(`/v1/alternativeDistributionPackageVariants/${variantIds[0]}`);
    const { data } = (await renewed.json()) as { data: { attributes: { url: string } } };
    const fetch = way === "server" ? globalThis.fetch : sandbox.fetch;
    expect((await fetch(data.attributes.url)).status).toBe(200);
  });

  test("a CDN that answers 404 or 410 to a URL", async () => {
    const { cdn } = await ask(way, { on: "cdn", status: 410, body: "gone" });
    const response = await cdn();
    expect([response.status, await response.text()]).toEqual([410, "gone"]);
  });
});
