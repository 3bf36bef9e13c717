/** `adp sandbox trigger`: a running sandbox sends a notification. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createNotificationHandler, type NotificationEvent } from "../../src/notifications/index.js";
import { serve } from "../support/server.js";
import { adp, start } from "./support/adp.js";
import { endLimitsEarly } from "./support/waits.js";

/** A sandbox in this process, and the variables that `adp sandbox --env` prints. */
async function sandboxEnv(): Promise<Record<string, string>> {
  const running = start(["sandbox", "--port", "0", "--env"]);
  const { stdout } = await running.saw("ADP_WEBHOOK_SECRET=");
  return Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

/** An endpoint that answers with this status, and the events that it was sent, verified with the secret. */
async function endpoint(secret = "", status = 200) {
  const { url, seen } = await serve((_, response) => response.writeHead(status).end());
  const read = async () => {
    const events: NotificationEvent[] = [];
    const handler = createNotificationHandler({ secret, onEvent: (event) => events.push(event) });
    for (const { body, headers } of seen) {
      const signature = String(headers["x-apple-signature"]);
      await handler(new Request(url, { method: "POST", body, headers: { "x-apple-signature": signature } }));
    }
    return events;
  };
  return { url, read };
}

const APP_STORE_VERSION = ["--bundle-id", "com.example.app1", "--app-version", "1.0"];

test("posts a notification of any type to a URL, signed with the secret that --env prints", async () => {
  const env = await sandboxEnv();
  const { url, read } = await endpoint(env.ADP_WEBHOOK_SECRET);
  const trigger = ["sandbox", "trigger"];
  const early = await adp([...trigger, "alternativeDistributionPackageVersionCreated", "--url", url], env);
  expect(early).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("something with a package version"),
  });
  expect((await adp(["create", ...APP_STORE_VERSION], env)).code).toBe(0);
  const created = await adp([...trigger, "alternativeDistributionPackageVersionCreated", "--url", url], env);
  expect(created).toEqual({ code: 0, stdout: "answered with 200\n", stderr: "" });
  const { data } = JSON.parse((await adp(["apps", "--json"], env)).stdout);
  const removal = ["AppUnavailable", "--url", url, "--about", data[0].id, "--json"];
  expect(JSON.parse((await adp([...trigger, ...removal], env)).stdout)).toEqual({ data: { status: 200 } });
  const away = ["alternativeDistributionTerritoryAvailabilityUpdated", "--unavailable", "--url", url];
  expect((await adp([...trigger, ...away], env)).code).toBe(0);
  const changes = (await read()).map(({ change }) => change?.action);
  expect(changes).toEqual(["ingest", "remove", "remove"]);
});

test("without a URL, sends it to the webhooks that ask for its type, which list it", async () => {
  const env = await sandboxEnv();
  const { url, read } = await endpoint(env.ADP_WEBHOOK_SECRET);
  expect((await adp(["create", ...APP_STORE_VERSION], env)).code).toBe(0);
  const trigger = ["sandbox", "trigger", "alternativeDistributionPackageVersionCreated"];
  expect(await adp(trigger, env)).toMatchObject({ code: 1, stdout: "no webhook asks for this type\n" });
  const create = ["webhooks", "create", "--bundle-id", "com.example.app1", "--url", url];
  const id = (await adp(create, env)).stdout.trim();
  expect((await adp(trigger, env)).stdout).toMatch(/^WEBHOOK +DELIVERY +STATE\n\S+ +\S+ +SUCCEEDED\n$/);
  expect((await read()).map(({ type }) => type)).toEqual(["alternativeDistributionPackageVersionCreated"]);
  expect((await adp(["webhooks", "deliveries", id], env)).stdout).toContain("SUCCEEDED");
});

test("exits with 1 if the endpoint refuses or is not there, and with 2 without a sandbox", async () => {
  const env = await sandboxEnv();
  const { url } = await endpoint("", 503);
  const trigger = ["sandbox", "trigger", "AppUnavailable", "--url"];
  expect(await adp([...trigger, url], env)).toMatchObject({ code: 1, stdout: "answered with 503\n" });
  const missing = await adp([...trigger, "http://127.0.0.1:1/"], env);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("fetch failed") });
  expect(await adp([...trigger, "example.com"], env)).toMatchObject({ code: 2 });
  const { ADP_BASE_URL: _, ...withoutSandbox } = env;
  expect(await adp([...trigger, url], withoutSandbox)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ADP_BASE_URL"),
  });
  const { url: other } = await serve((_, response) => response.writeHead(404).end("<html>"));
  const elsewhere = await adp([...trigger, url, "--about", "1"], { ...env, ADP_BASE_URL: `${other}/` });
  expect(elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining("no sandbox") });
});

test("a server that answers with other JSON is no sandbox", async () => {
  const env = await sandboxEnv();
  const { url } = await serve((_, response) => response.end('{"data":[]}'));
  for (const target of [[], ["--url", url]]) {
    const args = ["sandbox", "trigger", "AppUnavailable", "--about", "1", "--base-url", url, ...target];
    expect(await adp(args, env)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: there is no sandbox at .*: it answered with 200\n$/),
    });
  }
});

test("the sandbox names the key file and the app of a marketplace, which reads and does not create", async () => {
  const running = start(["sandbox", "--port", "0", "--json"]);
  const { stdout } = await running.saw("\n}\n");
  const { url, keyFile, marketplaceKeyFile, marketplaceAppId, appStoreVersions } = JSON.parse(stdout);
  expect(readFileSync(marketplaceKeyFile, "utf8")).not.toBe(readFileSync(keyFile, "utf8"));
  const flags = ["--base-url", url, "--key-file", marketplaceKeyFile];
  const create = ["create", "--app-store-version-id", appStoreVersions[0].id, ...flags];
  expect((await adp(create)).code).toBe(4);
  expect((await adp(["apps", ...flags])).stdout).toContain(`${marketplaceAppId}  com.example.marketplace`);
});

test("a type that Apple does not send is wrong usage, with the types that it sends", async () => {
  const env = await sandboxEnv();
  const trigger = ["sandbox", "trigger", "AppUnavailabel"];
  for (const args of [trigger, [...trigger, "--url", "http://127.0.0.1:1/"]]) {
    expect(await adp(args, env)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: <type>: expected .*AppUnavailable.*, got "AppUnavailabel"/),
    });
  }
});

test("an endpoint that does not answer ends it after 30 s", async () => {
  const env = await sandboxEnv();
  const { url } = await serve(() => {});
  endLimitsEarly(30_000);
  expect(await adp(["sandbox", "trigger", "AppUnavailable", "--url", url], env)).toMatchObject({
    code: 1,
    stderr: "error: no complete response within 30 s\n",
  });
});
