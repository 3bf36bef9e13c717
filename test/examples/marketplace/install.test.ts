import { verifyPackage } from "app-store-alternative-distribution/ingest";
import { expect, test } from "vitest";
import { Device } from "../../support/device/device.js";
import { newKey } from "../../support/keys.js";
import { setUp } from "./test-support.js";

const origin = "https://shop.example.com";
const app = { appId: "6400000001", bundleId: "org.example.notes", chunkSize: 10_000 };
const variants = [{ device: "iPhone15,2", os: "18" }];

test("a device installs from the page, updates, and is told when the app is taken down", async () => {
  const { privateKey, publicKey } = newKey();
  const [keyId, issuer] = ["0b9f1c2e-5a77-4d0e-9a53-6f0c1d2e3f40", "6478000001"];
  const { sandbox, created, post, idle, fetch, statusOf } = await setUp(undefined, {
    // As people may write it.
    installing: { origin: `${origin}/`, keyId, privateKey, issuer },
  });
  const page = `/apps/${app.appId}`;
  expect(await statusOf(page)).toBe(404);
  async function publish(version: string, id: string, deltas: number): Promise<void> {
    sandbox.addAppStoreVersion({ id, version, ...app });
    await created(sandbox.publishVersion(id, { variants, deltas }).versionId);
    await idle();
  }
  await publish("9.0", "notes-1", 0);
  const phone = new Device({
    ...{ model: "iPhone15,2", os: "18.1", domain: "example.com", issuer, keyId, publicKey },
    fetch: (request) => fetch(request.url, request),
    checkSignature: async (url) =>
      (await verifyPackage(url, { trust: sandbox.trust, fetch })).signature.reason,
  });
  await phone.tap(origin + page);
  expect([...phone.apps.values()]).toMatchObject([{ version: "9.0", downloaded: "variant" }]);

  await publish("10.0", "notes-2", 1);
  // Apple adds deltas to the older package. It is ingested last, and is not what devices get.
  await created(sandbox.publishVersion("notes-1", { variants, deltas: 1 }).versionId);
  await idle();
  expect(await phone.update(origin)).toEqual([]);
  expect([...phone.apps.values()]).toMatchObject([{ version: "10.0", downloaded: "delta" }]);
  expect(await phone.restore(origin)).toEqual([]);

  await post({ type: "AppUnavailable", about: app.appId });
  expect(await statusOf(page)).toBe(404);
  expect(await phone.update(origin)).toMatchObject([{ appleItemId: app.appId }]);
});

test("without a key for installs, there are no pages for devices", async () => {
  const { statusOf } = await setUp(undefined, { workers: 0 });
  expect(await statusOf("/.well-known/marketplace-kit")).toBe(404);
});
