import { createHash } from "node:crypto";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { Fault, Sandbox, SandboxServer } from "../../src/sandbox/index.js";
import { API, packageFor, setUp } from "./support.js";

const domains = "/v1/alternativeDistributionDomains";
let server: SandboxServer | undefined;
afterEach(() => server?.close());

/** The same questions to the sandbox's own fetch and, through Node's, to its server. */
async function ask(way: "fetch" | "server", fault?: Fault) {
  const { sandbox, token } = await setUp();
  const { id } = sandbox.addAppStoreVersion({ assetBytes: 100_000 });
  const published = sandbox.publishVersion(id);
  server = way === "server" ? await sandbox.listen() : undefined;
  const fetch = way === "server" ? globalThis.fetch : sandbox.fetch;
  const origin = server?.url ?? API;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const api = (path: string, init: RequestInit = {}) => fetch(origin + path, { headers, ...init });
  const read = await api(`/v1/alternativeDistributionPackageVariants/${published.variantIds[0]}`);
  const { data } = (await read.json()) as { data: { attributes: { url: string; fileChecksum: string } } };
  const cdn = (init: RequestInit = {}) => fetch(data.attributes.url, init);
  const placed = sandbox.faults.add(fault ?? {});
  return { sandbox, api, cdn, placed, ...published, checksum: data.attributes.fileChecksum };
}

async function arrived(sandbox: Sandbox, count: number): Promise<void> {
  while (sandbox.requests.length < count) await setImmediate();
}

const isPending = async (promise: Promise<unknown>) => {
  const pending = Symbol();
  const settled = promise.catch(() => {});
  for (let turn = 0; turn < 20; turn++) {
    if ((await Promise.race([settled, setImmediate(pending)])) !== pending) return false;
  }
  return true;
};

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const causeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: { cause?: { code?: string } }) => error.cause?.code,
  );

describe.each(["fetch", "server"] as const)("a fault, by %s", (way) => {
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
    const response = await api(domains);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errors: [{ status: String(status), code: expected }] });
  });

  test("body and headers: HTML with 200, an empty 500, a wrong content type, garbled headers", async () => {
    const { sandbox, api } = await ask(way);
    const html = "<html>hello</html>";
    sandbox.faults.clear();
    sandbox.faults.add({ body: html, headers: { "content-type": "text/html" }, times: 1 });
    sandbox.faults.add({ status: 500, body: "", headers: { "content-type": null }, times: 1 });
    sandbox.faults.add({ headers: { "content-type": "text/plain" }, times: 1 });
    sandbox.faults.add({ headers: { "x-rate-limit": "user-hour-lim:;;x", date: null }, times: 1 });
    sandbox.faults.add({ body: { data: [] }, times: 1 });

    const page = await api(domains);
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      200,
      "text/html",
      html,
    ]);
    const empty = await api(domains);
    expect([empty.status, empty.headers.get("content-type"), await empty.text()]).toEqual([500, null, ""]);
    const plain = await api(domains);
    expect(plain.headers.get("content-type")).toBe("text/plain");
    expect(await plain.json()).toMatchObject({ data: [] });
    const garbled = await api(domains);
    expect(garbled.headers.get("x-rate-limit")).toBe("user-hour-lim:;;x");
    expect(garbled.headers.get("date")).toBeNull();
    expect(await (await api(domains)).json()).toEqual({ data: [] });
  });

  test("a redirect to another host", async () => {
    const { api, sandbox } = await ask(way, {
      status: 302,
      headers: { location: "https://elsewhere.example/v1" },
    });
    const response = await api(domains, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/v1");
    await expect(api(domains, { redirect: "error" })).rejects.toThrow(TypeError);
    expect(sandbox.requests.every(({ origin }) => origin !== "https://elsewhere.example")).toBe(true);
  });

  test("reset before headers: the answer is lost, the request took effect", async () => {
    const { sandbox, api } = await ask(way, { reset: "before-headers", times: 1 });
    const { id } = sandbox.addAppStoreVersion();
    const body = JSON.stringify(packageFor(id));
    const create = () => api("/v1/alternativeDistributionPackages", { method: "POST", body });
    expect(await causeOf(create())).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    expect(sandbox.requests.at(-1)?.status).toBeUndefined();
    expect((await create()).status).toBe(409);
  });

  test("reset refused: the request has no effect", async () => {
    const { sandbox, api } = await ask(way, { reset: "refused", times: 1 });
    const { id } = sandbox.addAppStoreVersion();
    const body = JSON.stringify(packageFor(id));
    const create = () => api("/v1/alternativeDistributionPackages", { method: "POST", body });
    expect(await causeOf(create())).toMatch(way === "fetch" ? /^ECONNREFUSED$/ : /ECONNRESET|UND_ERR_SOCKET/);
    expect((await create()).status).toBe(201);
  });

  test.each([
    ["api", undefined],
    ["cdn", 40_000],
  ] as const)("reset in the middle of the body, from the %s", async (on, at) => {
    const { api, cdn } = await ask(way, { on, reset: "mid-body", ...(at && { at }) });
    const response = await (on === "api" ? api(domains) : cdn());
    expect(response.status).toBe(200);
    let received = 0;
    const read = async () => {
      for await (const piece of response.body ?? []) received += piece.length;
    };
    await expect(read()).rejects.toThrow(TypeError);
    const length = Number(response.headers.get("content-length"));
    expect(received).toBe(at ?? Math.floor(length / 2));
  });

  test("stalled headers: nothing comes until the caller gives up, with its own reason", async () => {
    const { sandbox, api } = await ask(way, { stall: "headers" });
    const controller = new AbortController();
    const answer = api(domains, { signal: controller.signal });
    await arrived(sandbox, 2);
    expect(await isPending(answer)).toBe(true);
    controller.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });

  test("a stalled body stops where it is told to", async () => {
    const { cdn } = await ask(way, { on: "cdn", stall: "body", at: 70_000 });
    const controller = new AbortController();
    const response = await cdn({ signal: controller.signal });
    expect(response.headers.get("content-length")).toBe("100000");
    const reader = response.body?.getReader();
    let received = 0;
    while (received < 70_000) received += (await reader?.read())?.value?.length ?? 0;
    expect(received).toBe(70_000);
    const rest = reader?.read() ?? Promise.resolve();
    expect(await isPending(rest)).toBe(true);
    controller.abort(new Error("enough"));
    await expect(rest).rejects.toThrow("enough");
  });

  test("truncated: a shorter body that says it is whole", async () => {
    const { sandbox, api, cdn } = await ask(way, { truncate: true });
    const cut = await (await api(domains)).text();
    expect(() => JSON.parse(cut)).toThrow(SyntaxError);
    sandbox.faults.clear();
    sandbox.faults.add({ truncate: true, at: 10 });
    const response = await cdn();
    expect(response.headers.get("content-length")).toBe("10");
    expect(await bytesOf(response)).toHaveLength(10);
  });

  test("corrupt: one byte is another", async () => {
    const { sandbox, cdn, checksum } = await ask(way);
    const good = await bytesOf(await cdn());
    expect(sha256(good)).toBe(checksum);
    sandbox.faults.clear();
    sandbox.faults.add({ on: "cdn", corrupt: true, at: 5_000, times: 1 });
    const bad = await bytesOf(await cdn());
    expect(bad.length).toBe(good.length);
    expect([...bad].flatMap((byte, index) => (byte === good[index] ? [] : [index]))).toEqual([5_000]);
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

  test("a length header that lies: too long breaks the connection, too short hides the rest", async () => {
    const { sandbox, cdn } = await ask(way, { on: "cdn", headers: { "content-length": "100500" }, times: 1 });
    await expect(bytesOf(await cdn())).rejects.toThrow(TypeError);
    sandbox.faults.add({ on: "cdn", headers: { "content-length": "300" }, times: 1 });
    const short = await cdn();
    expect(short.headers.get("content-length")).toBe("300");
    expect((await bytesOf(short).catch(() => [])).length).toBeLessThanOrEqual(300);
    expect(await bytesOf(await cdn())).toHaveLength(100_000);
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

describe("which requests a fault meets", () => {
  const statuses = async (count: number, api: (path: string) => Promise<Response>) => {
    const all = [];
    for (let index = 0; index < count; index++) all.push((await api(domains)).status);
    return all;
  };

  test("times and after count the requests that fit; a queue is met in its order", async () => {
    const { sandbox, api, placed } = await ask("fetch", {
      operation: "marketplaceWebhooks_getCollection",
      status: 500,
    });
    sandbox.faults.add({ status: 429, after: 1, times: 2 });
    const second = sandbox.faults.add({ status: 503, times: 1 });
    expect(await statuses(5, api)).toEqual([503, 429, 429, 200, 200]);
    expect(second.hits).toBe(1);
    expect(placed.hits).toBe(0);
    expect((await api("/v1/marketplaceWebhooks")).status).toBe(500);
    expect(placed.hits).toBe(1);
    placed.remove();
    expect((await api("/v1/marketplaceWebhooks")).status).toBe(200);
  });

  test("until it is cleared, unless times says otherwise", async () => {
    const { sandbox, api } = await ask("fetch", { status: 500 });
    expect(await statuses(3, api)).toEqual([500, 500, 500]);
    sandbox.faults.clear();
    expect(await statuses(1, api)).toEqual([200]);
  });

  test("by the API or the CDN, or by path", async () => {
    const { sandbox, api, cdn, variantIds } = await ask("fetch", { on: "cdn", status: 500 });
    expect([(await api(domains)).status, (await cdn()).status]).toEqual([200, 500]);
    sandbox.faults.clear();
    sandbox.faults.add({ path: String(variantIds[1]), status: 500 });
    expect((await cdn()).status).toBe(200);
    sandbox.faults.add({ path: /^\/cdn\/.*Variants/, status: 502 });
    expect((await cdn()).status).toBe(502);
  });

  test("by chance, drawn from the seed", async () => {
    const draw = async () => {
      const { api } = await ask("fetch", { status: 500, probability: 0.3 });
      return statuses(100, api);
    };
    const first = await draw();
    expect(await draw()).toEqual(first);
    const hits = first.filter((status) => status === 500).length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(45);
  });

  test("a fault that only delays leaves the request to the next one", async () => {
    const { sandbox, api, placed } = await ask("fetch", { delay: 1 });
    sandbox.faults.add({ status: 500, times: 1 });
    expect(await statuses(2, api)).toEqual([500, 200]);
    expect(placed.hits).toBe(2);
  });

  test("is told in the log", async () => {
    const { sandbox, api } = await ask("fetch", { status: 500, times: 1 });
    await statuses(2, api);
    expect(sandbox.requests.slice(-2).map(({ faulted }) => faulted)).toEqual([true, false]);
  });
});

test("a server that was closed refuses connections, and can come back at its address", async () => {
  const { sandbox, api } = await ask("server");
  const url = server?.url ?? "";
  await server?.close();
  expect(await causeOf(api(domains))).toBe("ECONNREFUSED");
  server = await sandbox.listen({ port: Number(new URL(url).port) });
  expect(server.url).toBe(url);
  expect((await api(domains)).status).toBe(200);
});

test("closing the server ends requests that are stalled", async () => {
  const { sandbox, api } = await ask("server", { stall: "headers" });
  const answer = api(domains);
  await arrived(sandbox, 2);
  const closed = server?.close();
  await expect(answer).rejects.toThrow(TypeError);
  await closed;
});

test("a caller that goes away in the middle of a big body leaves the server as it was", async () => {
  const { sandbox, token } = await setUp();
  const { id } = sandbox.addAppStoreVersion({ variants: [2 ** 32] });
  const { variantIds } = sandbox.publishVersion(id);
  server = await sandbox.listen();
  const headers = { authorization: `Bearer ${token}` };
  const read = () =>
    fetch(`${server?.url}/v1/alternativeDistributionPackageVariants/${variantIds[0]}`, { headers });
  const { data } = (await (await read()).json()) as { data: { attributes: { url: string } } };
  const { host, hostname, port, pathname, search } = new URL(data.attributes.url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  await new Promise((resolve) => socket.once("data", resolve));
  socket.destroy();
  expect((await read()).status).toBe(200);
});

describe("a fault that could never happen", () => {
  test.each([
    [{ operations: "x" }, /"operations" is nothing a fault has: operation, on, path/],
    [{ operation: "packages.get" }, /"operation" must be Apple's operationId.*not "packages\.get"/],
    [{ on: "cloud" }, /"on" must be "api" or "cdn"/],
    [{ status: "503" }, /"status" must be a whole number from 200 to 599/],
  ])("%j is refused, naming what is wrong", async (fault, message) => {
    const { sandbox } = await setUp();
    expect(() => sandbox.faults.add(fault as Fault)).toThrow(message);
    expect(() => sandbox.faults.add(fault as Fault)).toThrow(TypeError);
  });
});
