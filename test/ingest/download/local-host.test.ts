import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../../src/client.js";
import { DownloadUrl } from "../../../src/ingest/download/download-url.js";
import { fetchGet } from "../../../src/ingest/download/fetch-get.js";
import { isLocalHost } from "../../../src/ingest/download/local-host.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { TestClock } from "../support/test-clock.js";
import { ingest } from "../support/trusted.js";

const LOCAL = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "cdn.localhost",
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "0.0.0.0",
  "0",
  "169.254.169.254",
  "0xa9fea9fe",
  "2852039166",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[fe80::1]",
  "[febf::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:0.0.0.0]",
  "[::ffff:0:127.0.0.1]",
  "[::127.0.0.1]",
  "[64:ff9b::169.254.169.254]",
];

const REMOTE = [
  "cdn.example",
  "localhost.example",
  "notlocalhost",
  "10.0.0.1",
  "192.168.1.1",
  "128.0.0.1",
  "169.253.1.1",
  "[2001:db8::1]",
  "[fec0::1]",
  "[::ffff:8.8.8.8]",
  "[64:ff9b::8.8.8.8]",
];

const now = new TestClock();
const urlOn = (host: string, allowsLocalHosts?: boolean) =>
  new DownloadUrl({
    label: "variant/a.ipa",
    attributes: { url: `https://${host}/a?accessKey=secret-1` },
    renew: async () => undefined,
    clock: now,
    allowsLocalHosts,
  });

test.each(LOCAL)("a download URL on %s is refused unless the API is on this machine", async (host) => {
  const error = await failure(urlOn(host).get());
  expect(error).toMatchObject({
    reason: "asset-missing",
    message: expect.stringMatching(/allowed only if the API/),
  });
  expect((error as Error).message).not.toContain("secret-");
  expect(await urlOn(host, true).get()).toContain("/a?accessKey=secret-1");
});

test.each(REMOTE)("a download URL on %s is used", async (host) => {
  expect(isLocalHost(new URL(`https://${host}`))).toBe(false);
  expect(await urlOn(host).get()).toContain("/a?accessKey=secret-1");
});

test("a client of an API elsewhere does not download from this machine", async () => {
  const server = await servePackage([variant("a", 10)]);
  const fetchApi = (url: string, init: object) =>
    fetch(url.replace("https://api.example", server.origin), init);
  const client = connect(
    { token: "token", baseUrl: "https://api.example", fetch: fetchApi },
    new TestClock(),
  );
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingest(client, options, new TestClock()))).toMatchObject({ reason: "asset-missing" });
  expect(server.api).toHaveLength(1);
  expect(server.cdn).toEqual([]);
});

test("a download URL with plain http is refused unless the API has plain http too", async () => {
  const url = (allowsHttp?: boolean) =>
    new DownloadUrl({
      label: "variant/a.ipa",
      attributes: { url: "http://cdn.example/a?accessKey=secret-1" },
      renew: async () => undefined,
      clock: now,
      allowsHttp,
    });
  const error = await failure(url().get());
  expect(error).toMatchObject({
    reason: "asset-missing",
    message: expect.stringContaining("with plain http. It was refused"),
  });
  expect((error as Error).message).not.toContain("secret-");
  expect(await url(true).get()).toBe("http://cdn.example/a?accessKey=secret-1");
});

test("a client of an API with https does not download over plain http", async () => {
  const server = await servePackage([variant("a", 10)]);
  const fetchApi = (url: string, init: object) =>
    fetch(url.replace("https://localhost", server.origin), init);
  const client = connect({ token: "token", baseUrl: "https://localhost", fetch: fetchApi }, new TestClock());
  const options = { versionId: "version", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingest(client, options, new TestClock()))).toMatchObject({
    reason: "asset-missing",
    message: expect.stringContaining("plain http"),
  });
  expect(server.cdn).toEqual([]);
});

test.each([
  ["from https to http", "http://cdn.example/b"],
  ["to this machine", "https://127.0.0.1/b"],
  ["to a link-local address", "https://169.254.169.254/latest/meta-data"],
  ["to another scheme", "file:///etc/passwd"],
  ["to nowhere", "https://"],
])("a redirect %s is not followed", async (_, location) => {
  const urls: string[] = [];
  const get = fetchGet(async (url) => {
    urls.push(url);
    return new Response(null, { status: 302, headers: { location } });
  });
  expect(await failure(get("https://cdn.example/a", {}).response)).toMatchObject({
    message: "sent a redirect that cannot be followed",
  });
  expect(urls).toEqual(["https://cdn.example/a"]);
});

test("a redirect to another host over https is followed", async () => {
  const get = fetchGet(async (url, init) => {
    expect(init.redirect).toBe("manual");
    const isFirst = url === "https://cdn.example/a";
    return isFirst
      ? new Response(null, { status: 307, headers: { location: "https://other.example/b" } })
      : new Response("x");
  });
  expect(await get("https://cdn.example/a", {}).response).toMatchObject({ status: 200 });
});
