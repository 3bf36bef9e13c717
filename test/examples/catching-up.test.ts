/** A marketplace whose receiver was switched off: from the registered webhook to a verified folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { ingestPackage, verifyPackage } from "app-store-alternative-distribution/ingest";
import {
  createNotificationHandler,
  missedNotifications,
  type NotificationEvent,
} from "app-store-alternative-distribution/notifications";
import { createSandbox } from "app-store-alternative-distribution/sandbox";
import { expect, onTestFinished, test } from "vitest";

test("nothing is lost while the receiver is off", async () => {
  const secret = "hard to guess";
  const handled: NotificationEvent[] = [];
  const seen = new Set<string>();
  const handler = createNotificationHandler({ secret, seen, onEvent: (event) => handled.push(event) });
  let isOn = true;
  const sandbox = createSandbox({
    seed: "catching up",
    receive: async (request) => {
      if (isOn) return handler(request);
      throw new TypeError("fetch failed");
    },
  });
  await using server = await sandbox.listen();
  const client = createClient({ ...sandbox.credentials, baseUrl: server.url });
  const folder = await mkdtemp(join(tmpdir(), "catching-up-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const since = new Date(Date.now() - 60_000);

  // The webhook is registered, once, and gets a ping.
  const webhook = {
    appId: sandbox.marketplaceAppId,
    name: "shop",
    url: "https://shop.example/notifications",
    secret,
    eventTypes: ["ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED" as const],
  };
  const { data } = await client.webhooks.ensure(webhook);
  expect((await client.webhooks.ensure(webhook)).data.id).toBe(data.id);
  await client.webhooks.ping(data.id);
  await sandbox.delivered();
  expect(handled.map(({ type }) => type)).toEqual(["webhookPingCreated"]);

  // The receiver is switched off, and Apple publishes a version.
  isOn = false;
  const search = { bundleId: "com.example.notes", versionString: "1.2.3" };
  const { id } = sandbox.addAppStoreVersion({ bundleId: search.bundleId, version: "1.2.3", variants: 2 });
  const { versionId, packageId } = sandbox.publishVersion(id);
  await sandbox.delivered();
  const states = [];
  for await (const { attributes } of client.webhooks.listDeliveries(data.id)) {
    states.push(attributes?.deliveryState);
  }
  expect(states).toEqual(["SUCCEEDED", "FAILED"]);

  // It is back, and catches up: the ping was handled before.
  isOn = true;
  const missed: NotificationEvent[] = [];
  for await (const event of missedNotifications(client, { webhookId: data.id, since, seen }))
    missed.push(event);
  expect(missed.map(({ change }) => change)).toMatchObject([{ action: "ingest", versionId }]);
  // What is sent again later is a duplicate.
  const deliveries = await client.webhooks
    .listDeliveries(data.id, { "filter[deliveryState]": ["FAILED"] })
    .toArray();
  await client.webhooks.redeliver(deliveries[0]?.id ?? "");
  await sandbox.delivered();
  expect(handled).toHaveLength(1);

  // The package is found by bundle id and number, ingested and verified.
  const directory = join(folder, packageId);
  const { trust } = sandbox;
  const result = await ingestPackage(client, { ...search, directory, trust });
  expect(result.version.id).toBe(versionId);
  expect(result.manifest).toMatchObject({ bundleId: search.bundleId, shortVersionString: "1.2.3" });
  expect(await verifyPackage(directory, { trust })).toMatchObject({ valid: true });
});
