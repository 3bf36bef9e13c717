import { createHmac } from "node:crypto";
import vm from "node:vm";
import { expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import {
  missedNotifications,
  type UnreadableDelivery,
  verifyNotification,
} from "../../src/notifications/index.js";

const secret = "test-secret";
const payload = JSON.stringify({
  data: {
    type: "webhookPingCreated",
    id: "1",
    version: 1,
    attributes: { timestamp: "2026-01-01T00:00:00Z" },
  },
});

test("verifies bytes of another realm, as a Buffer is under jest", async () => {
  const body: Uint8Array = vm.runInNewContext("(bytes) => Uint8Array.from(bytes)")([...Buffer.from(payload)]);
  const signature = `hmacsha256=${createHmac("sha256", secret).update(payload).digest("hex")}`;
  expect((await verifyNotification({ body, signature, secret })).type).toBe("webhookPingCreated");
});

test.each([
  ["has", { has: () => new Promise<boolean>(() => {}), add: () => {} }],
  ["add", { has: () => false, add: () => new Promise(() => {}) }],
])("missed notifications end by the signal while seen.%s hangs", async (_, seen) => {
  const controller = new AbortController();
  const delivery = { type: "webhookDeliveries", id: "d", relationships: { event: { data: { id: "e" } } } };
  const page = { data: [delivery], included: [{ id: "e", attributes: { payload } }] };
  const client = createClient({ token: "t", fetch: async () => new Response(JSON.stringify(page)) });
  const { signal } = controller;
  const events = missedNotifications(client, { webhookId: "w", since: new Date(), seen, signal });
  const reading = readAll(events);
  setImmediate(() => controller.abort("enough"));
  await expect(reading).rejects.toBe("enough");
});

test("a payload that is null is reported as undefined", async () => {
  const delivery = { type: "webhookDeliveries", id: "d", relationships: { event: { data: { id: "e" } } } };
  const page = { data: [delivery], included: [{ id: "e", attributes: { payload: null } }] };
  const client = createClient({ token: "t", fetch: async () => new Response(JSON.stringify(page)) });
  const payloads: unknown[] = [];
  const onUnreadable = ({ payload }: UnreadableDelivery) => payloads.push(payload);
  await readAll(missedNotifications(client, { webhookId: "w", since: new Date(), onUnreadable }));
  expect(payloads).toEqual([undefined]);
});

test("missed notifications accept null for what is optional", async () => {
  const page = {
    data: [{ type: "webhookDeliveries", id: "d", attributes: null }],
    included: null,
    links: null,
  };
  const client = createClient({ token: "t", fetch: async () => new Response(JSON.stringify(page)) });
  expect(await readAll(missedNotifications(client, { webhookId: "w", since: new Date() }))).toEqual([]);
});

async function readAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
