/** The commands for apps, keys, domains and webhooks. */
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createNotificationHandler, type NotificationEvent } from "../../src/notifications/index.js";
import { serve } from "../support/server.js";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";
import { fakeApple } from "./support/apple.js";

const app = { type: "apps", id: "6482123456", attributes: { bundleId: "com.example.app", name: "Example" } };
const version = {
  type: "appStoreVersions",
  id: "v1",
  attributes: { versionString: "1.2.3", platform: "IOS", appVersionState: "READY_FOR_DISTRIBUTION" },
};
const webhook = {
  type: "webhooks",
  id: "w1",
  attributes: { name: "example.com", enabled: true, url: "https://example.com/apple" },
};

test("apps lists apps, or an app's App Store versions", async () => {
  const { env, seen } = await fakeApple({
    "GET /v1/apps": { data: [app] },
    "GET /v1/apps/6482123456/appStoreVersions": { data: [version] },
  });
  const apps = await adp(["apps"], env);
  expect(apps.stdout).toBe("ID          BUNDLE ID        NAME\n6482123456  com.example.app  Example\n");
  const expected = "ID  NUMBER  PLATFORM  STATE\nv1  1.2.3   IOS       READY_FOR_DISTRIBUTION\n";
  expect((await adp(["apps", "--app-id", "6482123456"], env)).stdout).toBe(expected);
  expect((await adp(["apps", "--bundle-id", "com.example.app"], env)).stdout).toBe(expected);
  expect(seen[2]?.url).toContain("filter[bundleId]=com.example.app");
  expect(JSON.parse((await adp(["apps", "--json"], env)).stdout)).toEqual({ data: [app] });
});

test("a value of another type than Apple's specification says is shown, and is not called wrong usage", async () => {
  const attributes = { bundleId: 7, name: null };
  const { env } = await fakeApple({
    "GET /v1/apps": { data: [{ ...app, attributes }] },
    "GET /v1/webhooks/w1/deliveries": { data: [], included: {} },
  });
  const apps = await adp(["apps"], env);
  expect(apps).toMatchObject({ code: 0, stdout: "ID          BUNDLE ID  NAME\n6482123456  7          -\n" });
  expect(await adp(["webhooks", "deliveries", "w1"], env)).toMatchObject({ code: 1, stdout: "" });
});

test("keys are registered once, listed and removed", async () => {
  const { folder, flags } = await openAccount();
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const file = join(folder, "public.pem");
  writeFileSync(file, publicKey.export({ type: "spki", format: "pem" }));
  const create = ["keys", "create", "--public-key", file, ...flags];
  const first = await adp(create);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(await adp(create)).toEqual(first);
  const id = first.stdout.trim();
  for (const list of [["keys"], ["keys", "list"]]) {
    const { stdout } = await adp([...list, "--json", ...flags]);
    expect(JSON.parse(stdout)).toMatchObject({ data: [{ id }] });
  }
  expect((await adp(["keys", "delete", ` "${id}" `, ...flags])).stdout).toBe(`${id}: removed\n`);
  expect((await adp(["keys", ...flags])).stdout).toBe("ID  PUBLIC KEY\n");

  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  const refused = await adp(create);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("expected a public key") });
});

test("keys create --app-id says so if the key that exists is for all apps", async () => {
  const { sandbox, folder, flags } = await openAccount();
  const { id: appId } = sandbox.addApp();
  const keyFile = (name: string) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(join(folder, name), publicKey.export({ type: "spki", format: "pem" }));
    return ["keys", "create", "--public-key", join(folder, name), ...flags];
  };
  const ofAllApps = keyFile("all.pem");
  const first = await adp(ofAllApps);
  expect(await adp([...ofAllApps, "--app-id", appId])).toEqual({
    ...first,
    stderr: `note: this key is registered for all apps of the account, and not for app ${appId} alone\n`,
  });
  const ofOneApp = [...keyFile("one.pem"), "--app-id", appId];
  for (const _ of ["registers it", "reads it"])
    expect(await adp(ofOneApp)).toMatchObject({ code: 0, stderr: "" });
});

test("domains are registered once, listed and removed", async () => {
  const { flags } = await openAccount();
  const first = await adp(["domains", "create", "apps.example.com", "--name", "Apps", ...flags]);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(await adp(["domains", "create", "apps.example.com", ...flags])).toEqual(first);
  const id = first.stdout.trim();
  const { stdout } = await adp(["domains", ...flags]);
  expect(stdout.split("\n")[1]).toBe(`${id}  apps.example.com  Apps`);
  expect(await adp(["domains", "create", "apps.example.com", "--name", "Shop", ...flags])).toMatchObject({
    code: 0,
    stderr: "note: this domain existed, and its name is still Apps\n",
  });
  expect(await adp(["domains", "delete", id, ...flags])).toMatchObject({ code: 0 });
  const foreign = await adp(["domains", "create", "münchen.de", ...flags]);
  expect(foreign.stderr).toContain("it has letters outside ASCII: write it as xn--mnchen-3ya.de");
});

test("webhooks are listed, registered, pinged, and deliveries sent again", async () => {
  const { env, seen } = await fakeApple({
    "GET /v1/apps/1/webhooks": { data: [] },
    "POST /v1/webhooks": { data: webhook },
    "POST /v1/webhookPings": { data: { type: "webhookPings", id: "p1" } },
    "POST /v1/webhookDeliveries": { data: { type: "webhookDeliveries", id: "d2" } },
  });
  expect((await adp(["webhooks", "list", "--app-id", "1"], env)).stdout).toBe("ID  NAME  STATE  URL\n");
  const create = ["webhooks", "create", "--app-id", "1", "--url", "https://example.com/apple"];
  const secret = { ADP_WEBHOOK_SECRET: "the secret\r\n" };
  expect(await adp(create, env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ADP_WEBHOOK_SECRET"),
  });
  expect(await adp(create, { ...env, ...secret })).toMatchObject({ code: 0, stdout: "w1\n" });
  const body = JSON.parse(seen.findLast(({ method }) => method === "POST")?.body ?? "");
  expect(body.data.attributes).toMatchObject({ name: "example.com", secret: "the secret", enabled: true });
  expect(body.data.attributes.eventTypes).toHaveLength(3);
  expect((await adp(["webhooks", "ping", "w1"], env)).stdout).toBe("p1\n");
  expect((await adp(["webhooks", "redeliver", "d1"], env)).stdout).toBe("d2\n");
});

test("webhooks create says that it does not change the webhook that has the URL", async () => {
  const { sandbox, flags } = await openAccount();
  const { id: appId } = sandbox.addApp();
  const create = ["webhooks", "create", "--app-id", appId, "--url", "https://example.com/apple", ...flags];
  const first = await adp(create, { ADP_WEBHOOK_SECRET: "the secret" });
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(await adp(create, { ADP_WEBHOOK_SECRET: "another secret" })).toEqual({
    ...first,
    stderr: expect.stringMatching(
      `^note: this webhook existed, .* are not changed. To change them: adp webhooks update ${first.stdout}$`,
    ),
  });
});

test("webhooks are changed and removed", async () => {
  const { env, seen } = await fakeApple({
    "PATCH /v1/webhooks/w1": { data: webhook },
    "DELETE /v1/webhooks/w1": { status: 204 },
  });
  const update = ["webhooks", "update", "w1"];
  expect(await adp([...update, "--disable", "--name", "shop"], env)).toMatchObject({
    code: 0,
    stdout: "w1\n",
  });
  const secret = { ADP_WEBHOOK_SECRET: "the secret" };
  const { folder } = await openAccount();
  writeFileSync(join(folder, "secret.txt"), "of the file\n");
  const file = ["--secret-file", join(folder, "secret.txt")];
  expect(await adp([...update, ...file], { ...env, ...secret })).toMatchObject({ code: 0 });
  expect(await adp([...update, "--new-secret", "--enable"], { ...env, ...secret })).toMatchObject({
    code: 0,
  });
  const bodies = seen.map(({ body }) => JSON.parse(body).data.attributes);
  expect(bodies).toEqual([
    { name: "shop", enabled: false },
    { secret: "of the file" },
    { secret: "the secret", enabled: true },
  ]);
  for (const wrong of [[], ["--enable", "--disable"], ["--new-secret"], ["--url", "example.com"]]) {
    expect(await adp([...update, ...wrong], env)).toMatchObject({ code: 2 });
  }
  expect(seen).toHaveLength(3);
  expect(await adp(["webhooks", "delete", "w1"], env)).toMatchObject({ code: 0, stdout: "w1: removed\n" });
});

const payload = (id: string) =>
  JSON.stringify({
    data: {
      type: "AppUnavailable",
      id,
      attributes: { marketplaceAppId: "1", appId: "2", eventTimestamp: "2026-03-01T00:00:00Z" },
    },
  });
const delivery = (id: string, event: string, createdDate: string) => ({
  type: "webhookDeliveries",
  id,
  attributes: { createdDate, deliveryState: "FAILED", response: { httpStatusCode: 503 } },
  relationships: { event: { data: { type: "webhookEvents", id: event } } },
});
const event = (id: string) => ({ type: "webhookEvents", id, attributes: { payload: payload(id) } });
const stored = {
  "GET /v1/webhooks/w1/deliveries": {
    data: [
      delivery("d3", "e2", "2026-03-01T12:00:00Z"),
      delivery("d1", "e1", "2026-03-01T10:00:00Z"),
      delivery("d2", "e1", "2026-03-01T11:00:00Z"),
    ],
    included: [event("e2"), event("e1")],
  },
};

test("deliveries are listed oldest first", async () => {
  const { env, seen } = await fakeApple(stored);
  const args = ["webhooks", "deliveries", "w1", "--since", "2026-03-01", "--state", "FAILED"];
  const { stdout } = await adp(args, env);
  expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual(["ID", "d1", "d2", "d3", ""]);
  expect(decodeURIComponent(String(seen[0]?.url))).toContain(
    "filter[createdDateGreaterThanOrEqualTo]=2026-03-01T00:00:00.000Z&filter[deliveryState]=FAILED",
  );
  expect(await adp([...args, "--since", "soon"], env)).toMatchObject({ code: 2 });
});

test("replay posts each event once, signed, oldest first; an answer other than 2xx is exit code 1", async () => {
  const { env } = await fakeApple(stored);
  const { url, seen } = await serve((_, response) => response.writeHead(seen.length === 2 ? 500 : 200).end());
  const secret = { ADP_WEBHOOK_SECRET: "the secret" };
  const args = ["webhooks", "replay", url, "--webhook-id", "w1", "--since", "3d"];
  const { code, stdout } = await adp(args, { ...env, ...secret });
  expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([1, "2 posted, 1 failed"]);

  const events: NotificationEvent[] = [];
  const handler = createNotificationHandler({ secret: "the secret", onEvent: (event) => events.push(event) });
  for (const { body, headers } of seen) {
    const signature = String(headers["x-apple-signature"]);
    const request = new Request(url, { method: "POST", body, headers: { "x-apple-signature": signature } });
    expect((await handler(request)).status).toBe(200);
  }
  expect(events.map(({ id }) => id)).toEqual(["e1", "e2"]);
  expect(await adp(args, { ...env, ...secret })).toMatchObject({ code: 0 });
  const unreachable = args.map((arg) => (arg === url ? "http://127.0.0.1:1/" : arg));
  expect(await adp(unreachable, { ...env, ...secret })).toMatchObject({ code: 1 });
  expect(await adp(["webhooks", "replay", "example.com", "--webhook-id", "w1"], env)).toMatchObject({
    code: 2,
  });
});

test.each([
  [["keys", "add", "--public-key", "x.pem"], "'add' of keys: there are list, create, delete"],
  [["domains", "", "--json"], "'' of domains: there are list, create, delete"],
  [["webhooks", "nope", "x"], "'nope' of webhooks: there are list, create, update, delete, ping,"],
])("%j names the commands that there are", async (args, message) => {
  const { code, stderr } = await adp(args);
  expect(code).toBe(2);
  expect(stderr).toContain(`error: unknown command ${message}`);
  expect((await adp(["sandbox", "list"])).stderr).toContain("which has only the command 'trigger'");
});

test.each(["keys", "domains", "webhooks"])(
  "%s --help lists its commands, each with examples",
  async (group) => {
    const { stdout } = await adp([group, "--help"]);
    const names = [...(stdout.split("Commands:")[1] ?? "").matchAll(/^ {2}(\w+) .*\[options\]/gm)].map(
      ([, name = ""]) => name,
    );
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) {
      const help = await adp([group, name, "--help"]);
      const [options = "", examples = ""] = help.stdout.split("Examples:");
      expect(examples).toContain(`adp ${group} ${name}`);
      for (const [flag] of examples.matchAll(/--[a-z-]+/g)) expect(options).toContain(`${flag} `);
    }
  },
);
