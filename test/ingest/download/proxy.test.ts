import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { type AddressInfo, connect as connectSocket } from "node:net";
import { join } from "node:path";
import {
  Agent,
  type Dispatcher,
  EnvHttpProxyAgent,
  getGlobalDispatcher,
  interceptors,
  ProxyAgent,
  setGlobalDispatcher,
} from "undici";
import { expect, onTestFinished, test } from "vitest";
import { needsGlobalFetch } from "../../../src/ingest/download/proxy.js";
import { temporaryFolder } from "../support/folders.js";
import { servePackage, variant } from "../support/package-server.js";
import { buildChild, runInShell } from "../support/run-child.js";
import { trust } from "../support/signing.js";
import { ingestPackage, verifyPackage } from "../support/trusted.js";

const assets = [variant("a", 50_000), variant("b", 30_000, 1000)];

/** A proxy that passes on requests and tunnels. `hosts` lists what it was asked for. */
async function startProxy() {
  const hosts: string[] = [];
  const server = createServer((request, response) => {
    hosts.push(new URL(request.url ?? "").host);
    const { method, headers } = request;
    const passedOn = httpRequest(request.url ?? "", { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(passedOn);
  });
  server.on("connect", ({ url = "" }, socket, head) => {
    hosts.push(url);
    const [host, port] = url.split(":");
    const other = connectSocket(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      other.write(head);
      other.pipe(socket).pipe(other);
    });
    for (const end of [socket, other]) end.on("error", () => other.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}

/** Sets undici's global dispatcher for one test. */
function useDispatcher(dispatcher: Dispatcher): void {
  const before = getGlobalDispatcher();
  onTestFinished(() => {
    setGlobalDispatcher(before);
    return dispatcher.close();
  });
  setGlobalDispatcher(dispatcher);
}

test("with a proxy in undici's global dispatcher, CDN downloads go through it", async () => {
  const server = await servePackage(assets);
  const proxy = await startProxy();
  useDispatcher(new ProxyAgent(proxy.url));
  const directory = join(temporaryFolder(), "p");
  await ingestPackage(server.client, { versionId: "version", directory });
  expect(proxy.hosts.length).toBeGreaterThan(0);
  const { hosts } = proxy;
  expect(new Set(hosts)).toEqual(new Set([new URL(server.origin).host]));
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("fetch is used for every dispatcher but undici's default agent", async () => {
  expect(needsGlobalFetch()).toBe(false);
  useDispatcher(new Agent());
  expect(needsGlobalFetch()).toBe(false);
  useDispatcher(new Agent().compose(interceptors.retry()));
  expect(needsGlobalFetch()).toBe(true);
  useDispatcher(new EnvHttpProxyAgent({ httpProxy: "http://127.0.0.1:1" }));
  expect(needsGlobalFetch()).toBe(true);
});

test("without a proxy, fetch is not used for the CDN", async () => {
  const server = await servePackage(assets);
  await fetch(`${server.origin}/anything`);
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  // node:http adds no headers of its own; fetch adds its name.
  expect(server.cdn.map(({ userAgent }) => userAgent)).toEqual(server.cdn.map(() => undefined));
});

const knowsFlag = spawnSync(process.execPath, ["--use-env-proxy", "-e", ""]).status === 0;

test.runIf(knowsFlag).each([
  ["NODE_USE_ENV_PROXY", ["env", "NODE_USE_ENV_PROXY=1"]],
  ["--use-env-proxy", ["env", "NODE_OPTIONS=--use-env-proxy"]],
])("with %s, CDN downloads go through the proxy in the environment", async (_, command) => {
  const child = await buildChild();
  onTestFinished(() => child.remove());
  const server = await servePackage(assets);
  const proxy = await startProxy();
  const task = {
    client: { token: "token", baseUrl: server.origin },
    options: { versionId: "version", directory: join(temporaryFolder(), "p"), trust },
  };
  const environment = [`HTTP_PROXY=${proxy.url}`, "NO_PROXY="];
  expect(await runInShell([...command, ...environment], child.path, task)).toMatchObject({ done: true });
  expect(proxy.hosts.length).toBeGreaterThan(1);
});
