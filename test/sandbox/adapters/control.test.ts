import { once } from "node:events";
import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { createSandbox, type ListenOptions } from "../../../src/sandbox/index.js";

const JSON_TYPE = { "content-type": "application/json" };

/** A sandbox that can be controlled over HTTP. `send` can send every header, Host included; fetch cannot. */
async function controlled(options: ListenOptions = {}) {
  const sandbox = createSandbox({ seed: 1 });
  const server = await sandbox.listen({ control: true, ...options });
  onTestFinished(server.close);
  const { port } = new URL(server.url);
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body = "") => {
    const host = `127.0.0.1:${port}`;
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers: { host, ...headers } });
    outgoing.end(body);
    const [response] = await once(outgoing, "response");
    const text = Buffer.concat(await response.toArray()).toString();
    return { status: response.statusCode, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { sandbox, server, port, send };
}

const fault = JSON.stringify({ status: 500 });

test.each([
  ["another origin", { origin: "https://evil.example" }, /^Origin: .*evil\.example/],
  ["an unknown origin", { origin: "null" }, /^Origin: .*null/],
  ["another port of this machine", { origin: "http://127.0.0.1:9" }, /^Origin: .*127\.0\.0\.1:9/],
  ["another site", { "sec-fetch-site": "cross-site" }, /^Sec-Fetch-Site: .*cross-site/],
  ["another port of this site", { "sec-fetch-site": "same-site" }, /^Sec-Fetch-Site: .*same-site/],
])("a page from %s cannot place a fault, remove them or read the log", async (_, headers, error) => {
  const { sandbox, send } = await controlled();
  const rejected = { status: 403, body: { error: expect.stringMatching(error) } };
  expect(await send("POST", "/sandbox/faults", { ...JSON_TYPE, ...headers }, fault)).toMatchObject(rejected);
  expect(await send("DELETE", "/sandbox/faults", headers)).toMatchObject(rejected);
  expect(await send("GET", "/sandbox/requests", headers)).toMatchObject(rejected);
  expect((await sandbox.fetch("https://a.example/")).status).toBe(401);
});

test("a page from the sandbox's own origin can place a fault, and so can a program", async () => {
  const { sandbox, port, send } = await controlled();
  const own = { ...JSON_TYPE, origin: `http://127.0.0.1:${port}`, "sec-fetch-site": "same-origin" };
  expect((await send("POST", "/sandbox/faults", own, fault)).status).toBe(204);
  expect((await sandbox.fetch("https://a.example/")).status).toBe(500);
  expect((await send("DELETE", "/sandbox/faults")).status).toBe(204);
  expect((await sandbox.fetch("https://a.example/")).status).toBe(401);
});

test.each([
  ["127.0.0.1", "evil.example", 403],
  ["127.0.0.1", "127.0.0.1.evil.example", 403],
  ["127.0.0.1", "10.0.0.1", 403],
  ["127.0.0.1", "localhost", 200],
  ["127.0.0.1", "LOCALHOST", 200],
  ["localhost", "127.0.0.1", 200],
  ["0.0.0.0", "10.0.0.1", 200],
  ["0.0.0.0", "localhost", 200],
  ["0.0.0.0", "evil.example", 403],
])("a server that listens on %s answers a request to %s with %i", async (host, asked, status) => {
  const { port, send } = await controlled({ host });
  const answer = await send("GET", "/sandbox/requests", { host: `${asked}:${port}` });
  expect(answer.status).toBe(status);
  if (status === 403) expect(answer.body.error).toBe(`Host: ${asked} is not a name of this server`);
});

test.each(["text/plain", "application/x-www-form-urlencoded", ""])(
  "a POST of the type '%s' is accepted from a program, and refused from a page of another origin",
  async (type) => {
    const { send } = await controlled();
    const headers = type === "" ? {} : { "content-type": type };
    expect((await send("POST", "/sandbox/faults", headers, fault)).status).toBe(204);
    const fromPage = { ...headers, origin: "https://evil.example" };
    expect((await send("POST", "/sandbox/faults", fromPage, fault)).status).toBe(403);
  },
);

test("a body of more than 1 MiB is 413, and has no effect", async () => {
  const { send } = await controlled();
  const body = (bytes: number) => JSON.stringify({ bundleId: "x".repeat(bytes - 15) });
  const post = (bytes: number) => send("POST", "/sandbox/appStoreVersions", JSON_TYPE, body(bytes));
  expect((await post(2 ** 20)).status).toBe(200);
  expect(await post(2 ** 20 + 1)).toMatchObject({
    status: 413,
    body: { error: expect.stringContaining("1048576 bytes") },
  });
});

test.each([
  ["POST", "/sandbox/versions", "[]", 400, "The body must be a JSON object"],
  ["POST", "/sandbox/versions", "{", 400, "The body must be a JSON object"],
  ["POST", "/sandbox/versions", '{"id":"nobody"}', 400, /^id: expected .*nobody/],
  ["POST", "/sandbox/faults", '{"on":"cloud"}', 400, /^on: expected "api" or "cdn", got "cloud"$/],
  ["POST", "/sandbox/appStoreVersions", '{"variants":"3"}', 400, /^variants: expected .*, got "3"$/],
  ["GET", "/sandbox/nothing", "", 404, /^There is only POST \/sandbox\/appStoreVersions, /],
])("%s %s with the body '%s' is %i, and says why", async (method, path, body, status, error) => {
  const { send } = await controlled();
  const message = typeof error === "string" ? error : expect.stringMatching(error);
  expect(await send(method, path, JSON_TYPE, body)).toEqual({ status, body: { error: message } });
});

test("without `control`, its paths are paths of the API that do not exist", async () => {
  const { send } = await controlled({ control: false });
  expect((await send("GET", "/sandbox/requests")).status).toBe(401);
});
