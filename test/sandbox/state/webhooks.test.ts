import { generateKeyPairSync } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../../src/client.js";
import { systemClock } from "../../../src/clock.js";
import { verifyNotification } from "../../../src/notifications/index.js";
import { createSandbox, type SandboxOptions } from "../../../src/sandbox/index.js";
import { createRandom } from "../../../src/sandbox/random.js";
import { PackageSigner } from "../../../src/sandbox/signing/package-signer.js";
import { State } from "../../../src/sandbox/state/resource.js";
import { SandboxWebhooks } from "../../../src/sandbox/state/webhooks.js";
import { failure } from "../../support/client.js";
import { NOON } from "../support.js";

const DAY = 86_400_000;
const VERSION_CREATED = "ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED";
const AVAILABLE_UPDATED = "ALTERNATIVE_DISTRIBUTION_PACKAGE_AVAILABLE_UPDATED";

/** A sandbox with an app and a receiver that answers with `status`, or is down while that is undefined. */
function setUp(options: SandboxOptions = {}) {
  const world = { now: NOON, status: 200 as number | undefined };
  const received: Request[] = [];
  const sandbox = createSandbox({
    seed: 1,
    now: () => world.now,
    receive: async (request) => {
      if (world.status === undefined) throw new TypeError("fetch failed", { cause: new Error("down") });
      received.push(request);
      return new Response("thanks", { status: world.status });
    },
    ...options,
  });
  const clock = { ...systemClock, now: () => world.now, elapsed: () => world.now };
  const client = connect({ ...sandbox.credentials, fetch: sandbox.fetch }, clock);
  const version = sandbox.addAppStoreVersion();
  const register = async (
    appId: string,
    eventTypes: (typeof VERSION_CREATED | typeof AVAILABLE_UPDATED)[],
  ) => {
    const webhook = {
      appId,
      name: "shop",
      url: "https://shop.example/hook",
      secret: `of ${appId}`,
      eventTypes,
    };
    return (await client.webhooks.create(webhook)).data.id;
  };
  const deliveriesOf = (webhookId: string) => client.webhooks.listDeliveries(webhookId).toArray();
  return { sandbox, client, world, received, version, register, deliveriesOf };
}

async function firstPage<Document>(list: { pages(): AsyncGenerator<Document> }) {
  return (await list.pages().next()).value as Document; // a list has one page at least
}

describe("a webhook", () => {
  test("is told about each version, with its secret, and the delivery is recorded", async () => {
    const { sandbox, client, received, version, register } = setUp();
    const webhookId = await register(version.appId, [VERSION_CREATED]);
    const { versionId } = sandbox.publishVersion(version.id);
    await sandbox.delivered();
    expect(received.map(({ url }) => url)).toEqual(["https://shop.example/hook"]);
    const body = (await received[0]?.text()) ?? "";
    const signature = received[0]?.headers.get("x-apple-signature");
    const event = await verifyNotification({ body, signature, secret: `of ${version.appId}` });
    expect(event).toMatchObject({ appId: version.appId, change: { action: "ingest", versionId } });

    const page = await firstPage(client.webhooks.listDeliveries(webhookId, { include: ["event"] }));
    expect(page?.data).toMatchObject([
      {
        attributes: {
          createdDate: "2025-06-01T05:00:00-07:00",
          deliveryState: "SUCCEEDED",
          redelivery: false,
          request: { url: "https://shop.example/hook" },
          response: { httpStatusCode: 200, body: "thanks" },
        },
        relationships: { event: { data: { type: "webhookEvents", id: event.id } } },
      },
    ]);
    expect(page?.included).toMatchObject([
      { id: event.id, attributes: { eventType: VERSION_CREATED, payload: body, ping: false } },
    ]);
  });

  test("gets the events that it asked for, of its app; the marketplace's app those of all apps", async () => {
    const { sandbox, client, received, version, register, deliveriesOf } = setUp();
    const other = sandbox.addAppStoreVersion();
    const ofApp = await register(version.appId, [VERSION_CREATED]);
    const available = await register(version.appId, [AVAILABLE_UPDATED]);
    const marketplace = await register(sandbox.marketplaceAppId, [VERSION_CREATED, AVAILABLE_UPDATED]);
    const disabled = await register(version.appId, [VERSION_CREATED]);
    await client.webhooks.update(disabled, { enabled: false });
    const { packageId } = sandbox.publishVersion(version.id);
    sandbox.publishVersion(other.id);
    const type = "alternativeDistributionPackageAvailableUpdated";
    const results = await sandbox.deliver({ type, about: packageId, available: false });
    expect(results.map(({ webhookId, state }) => [webhookId, state])).toEqual([
      [available, "SUCCEEDED"],
      [marketplace, "SUCCEEDED"],
    ]);
    const counts = [ofApp, available, marketplace, disabled].map(
      async (id) => (await deliveriesOf(id)).length,
    );
    expect(await Promise.all(counts)).toEqual([1, 1, 3, 0]);
    expect(received).toHaveLength(5);
    await expect(sandbox.deliver({ type: "AppUnavailable", about: packageId })).rejects.toThrow(
      'type: expected a type of notification that webhooks can ask for, got "AppUnavailable"',
    );
  });

  test("whose receiver is down or refuses has a FAILED delivery, and gets it again on request", async () => {
    const { sandbox, client, world, received, version, register, deliveriesOf } = setUp();
    const webhookId = await register(version.appId, [VERSION_CREATED]);
    world.status = undefined;
    sandbox.publishVersion(version.id);
    await sandbox.delivered();
    const [failed] = await deliveriesOf(webhookId);
    expect(failed?.attributes).toMatchObject({ deliveryState: "FAILED", errorMessage: "fetch failed: down" });
    world.status = 503;
    const again = await client.webhooks.redeliver(failed?.id ?? "");
    expect(again.data.attributes).toMatchObject({ deliveryState: "PENDING", redelivery: true });
    await sandbox.delivered();
    world.status = 202;
    sandbox.faults.add({ operation: "webhookDeliveries_createInstance", status: 409, times: 1 });
    expect(await failure(client.webhooks.redeliver(failed?.id ?? ""))).toMatchObject({ status: 409 });
    await client.webhooks.redeliver(failed?.id ?? "");
    await sandbox.delivered();
    const states = (await deliveriesOf(webhookId)).map(({ attributes }) => attributes?.deliveryState);
    expect(states).toEqual(["FAILED", "FAILED", "SUCCEEDED"]);
    const bodies = await Promise.all(received.map((request) => request.json()));
    expect(new Set(bodies.map(({ data }) => data.id)).size).toBe(1);
    expect(await failure(client.webhooks.redeliver("nothing"))).toMatchObject({
      status: 409,
      code: "ENTITY_ERROR.RELATIONSHIP.INVALID",
    });
  });

  test("gets pings", async () => {
    const { sandbox, client, received, version, register } = setUp();
    const webhookId = await register(version.appId, []);
    const { data } = await client.webhooks.ping(webhookId);
    expect(data).toMatchObject({ type: "webhookPings" });
    await sandbox.delivered();
    expect(await received[0]?.json()).toEqual({
      data: {
        type: "webhookPingCreated",
        id: data.id,
        version: 1,
        attributes: { timestamp: "2025-06-01T12:00:00.000000000Z" },
      },
    });
    const query = { include: ["event" as const] };
    const page = await firstPage(client.webhooks.listDeliveries(webhookId, query));
    expect(page?.included).toMatchObject([{ attributes: { ping: true } }]);
  });
});

describe("deliveries", () => {
  test("are listed for ten days, and filtered by date and state", async () => {
    const { sandbox, client, world, version, register } = setUp();
    const webhookId = await register(version.appId, [VERSION_CREATED]);
    for (let day = 0; day < 3; day++) {
      world.now = NOON + day * DAY;
      world.status = day === 1 ? 500 : 200;
      sandbox.publishVersion(version.id);
      await sandbox.delivered();
    }
    const list = async (query?: Parameters<typeof client.webhooks.listDeliveries>[1]) =>
      (await client.webhooks.listDeliveries(webhookId, query).toArray()).map(({ attributes }) =>
        attributes?.createdDate?.slice(8, 10),
      );
    const on = (day: number) => [new Date(NOON + day * DAY).toISOString()];
    expect(await list()).toEqual(["01", "02", "03"]);
    expect(await list({ "filter[createdDateGreaterThanOrEqualTo]": on(1) })).toEqual(["02", "03"]);
    expect(await list({ "filter[createdDateLessThan]": on(1) })).toEqual(["01"]);
    expect(await list({ "filter[deliveryState]": ["FAILED"] })).toEqual(["02"]);
    world.now = NOON + 11 * DAY;
    expect(await list()).toEqual(["02", "03"]);
    const tooOld = list({ "filter[createdDateGreaterThanOrEqualTo]": on(0) });
    expect(await failure(tooOld)).toMatchObject({ status: 400, code: "PARAMETER_ERROR.INVALID" });
    const none = list({ "filter[createdDateLessThan]": ["yesterday"] });
    expect(String(await failure(none))).toContain("filter[createdDateLessThan]");
  });

  test("that are not listed any more take their events and pings with them", async () => {
    const random = createRandom(1);
    const world = { now: NOON };
    const clock = { ...systemClock, now: () => world.now };
    const state = new State();
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = { keyId: "key", issuerId: undefined, publicKey, role: "developer" } as const;
    const context = { state, random, clock, signer: new PackageSigner(random) };
    const webhooks = new SandboxWebhooks(context, async () => ({}));
    const attributes = { enabled: true, eventTypes: [VERSION_CREATED], url: "https://example.com" };
    const app = state.of("apps").add({ type: "apps", id: "app", attributes: {}, related: {} });
    for (const id of ["one", "two"])
      state.of("webhooks").add({ type: "webhooks", id, attributes: { ...attributes }, related: { app } });
    const relationships = { webhook: { type: "webhooks", id: "one" } };
    webhooks.rules.webhookPings?.create?.({ id: undefined, attributes: {}, relationships }, key);
    await webhooks.publish(VERSION_CREATED, ["app"], () => ({ id: "event", body: "{}" }));
    const [, template] = state.of("webhookDeliveries").all();
    world.now = NOON + 9 * DAY;
    const again = { template: { type: "webhookDeliveries", id: template?.id ?? "" } };
    webhooks.rules.webhookDeliveries?.create?.({ id: undefined, attributes: {}, relationships: again }, key);
    await webhooks.delivered();
    const left = (days: number) => {
      world.now = NOON + days * DAY;
      webhooks.settle();
      return ["webhookDeliveries", "webhookEvents", "webhookPings"].map(
        (type) => state.of(type).all().length,
      );
    };
    expect([left(9), left(11), left(20)]).toEqual([
      [4, 2, 1],
      [1, 1, 0],
      [0, 0, 0],
    ]);
  });

  test("of a version that takes time are sent when it is built", async () => {
    const { sandbox, client, world, received, version, register } = setUp({ versionDelay: 60_000 });
    await register(version.appId, [VERSION_CREATED]);
    await client.packages.create({ appStoreVersionId: version.id });
    await sandbox.delivered();
    expect(received).toHaveLength(0);
    world.now += 60_000;
    await client.apps.list().toArray();
    await sandbox.delivered();
    expect(received).toHaveLength(1);
  });

  test("of such a version are sent also if nobody asks, and the timer fires a little early", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { sandbox, client, world, received, version, register } = setUp({ versionDelay: 60_000 });
    await register(version.appId, [VERSION_CREATED]);
    await client.packages.create({ appStoreVersionId: version.id });
    world.now += 59_999;
    vi.advanceTimersByTime(60_000);
    world.now += 1;
    vi.advanceTimersByTime(1);
    await sandbox.delivered();
    expect(received).toHaveLength(1);
  });
});

test("an app has ten webhooks at most, and a secret is never shown", async () => {
  const { client, version, register } = setUp();
  const ids: string[] = [];
  for (let n = 0; n < 10; n++) ids.push(await register(version.appId, []));
  expect(await failure(register(version.appId, []))).toMatchObject({ status: 409 });
  await client.webhooks.delete(ids[0] ?? "");
  await register(version.appId, []);
  const webhooks = await client.webhooks.list(version.appId, { include: ["app"] }).toArray();
  expect(webhooks).toHaveLength(10);
  expect(JSON.stringify(webhooks)).not.toContain(`of ${version.appId}`);
});
