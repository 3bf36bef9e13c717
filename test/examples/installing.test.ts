import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "app-store-alternative-distribution";
import { verifyPackage } from "app-store-alternative-distribution/ingest";
import { createInstallTokens } from "app-store-alternative-distribution/install";
import { createSandbox, type VersionAssets } from "app-store-alternative-distribution/sandbox";
import { expect, onTestFinished, test } from "vitest";
import { Device } from "../support/device/device.js";
import { newKey } from "../support/keys.js";
import { createMarketplace } from "./marketplace.js";

const origin = "https://shop.example.com";
const page = `${origin}/apps/6400000001`;
const variants = [
  { device: "iPhone15,2", os: "17.4" },
  { device: "iPhone15,2", os: "18" },
  { device: "iPad16,3-A", os: "18" },
];

/** A marketplace over the sandbox, without a network: devices call its handler. */
async function setUp() {
  const sandbox = createSandbox({ seed: "installing" });
  const directory = await mkdtemp(join(tmpdir(), "installing-test-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { privateKey, publicKey } = newKey();
  const keyId = "0b9f1c2e-5a77-4d0e-9a53-6f0c1d2e3f40";
  const issuer = "6478000001";
  const apple = await sandbox.listen();
  onTestFinished(() => apple.close());
  const marketplace = createMarketplace({
    client: createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url }),
    secret: sandbox.notificationSecret,
    directory,
    installing: { origin, tokens: await createInstallTokens({ keyId, privateKey, issuer }) },
    trust: sandbox.trust,
  });
  const fetch = (url: string, init?: RequestInit) => marketplace.handle(new Request(url, init));
  const checkSignature = async (url: string) =>
    (await verifyPackage(url, { trust: sandbox.trust, fetch })).signature.reason;
  const app = { appId: "6400000001", bundleId: "org.example.notes", chunkSize: 10_000 };
  return {
    /** Publishes a version of the app, and lets the marketplace ingest it. */
    async publish(number: number, assets: VersionAssets = {}) {
      // The sandbox makes consecutive appleVersionIds of these ids, and the delta of a version starts from the one before.
      const { id } = sandbox.addAppStoreVersion({ id: `notes-${number}`, version: `${number}.0`, ...app });
      const { versionId } = sandbox.publishVersion(id, { variants, ...assets });
      const type = "alternativeDistributionPackageVersionCreated";
      await marketplace.handle(
        sandbox.notification({ type, about: versionId, url: `${origin}/notifications` }),
      );
      await marketplace.idle();
    },
    remove: async () => {
      const about = app.appId;
      await marketplace.handle(
        sandbox.notification({ type: "AppUnavailable", about, url: `${origin}/notifications` }),
      );
      await marketplace.idle();
    },
    device: (model: string, os: string) =>
      new Device({
        ...{ model, os, domain: "example.com", issuer, keyId, publicKey, checkSignature },
        fetch: marketplace.handle,
      }),
  };
}

test("a device installs from the page, and updates by delta when a new version is published", async () => {
  const { publish, device } = await setUp();
  await publish(1);
  const phone = device("iPhone15,2", "18.1");
  await phone.tap(page);
  expect([...phone.apps.values()]).toMatchObject([{ version: "1.0", downloaded: "variant" }]);
  const paths = phone.requests.map((url) => url.replace(/^https:\/\/[^/]+(?:\/packages\/.*?\/.*?\/)?/, ""));
  expect(paths).toEqual([
    "/apps/6400000001",
    "/.well-known/marketplace-kit",
    "manifest.json",
    "signature",
    expect.stringMatching(/^variant\//),
  ]);

  phone.requests.length = 0;
  expect(await phone.update(origin)).toEqual([]);
  expect(phone.requests).toHaveLength(2); // nothing is newer, so no package is read

  await publish(2, { deltas: 2 });
  phone.requests.length = 0;
  expect(await phone.update(origin)).toEqual([]);
  expect([...phone.apps.values()]).toMatchObject([{ version: "2.0", downloaded: "delta" }]);
  expect(phone.requests.filter((url) => url.includes("/variant/"))).toEqual([]);
});

test("a device without a delta for its variant updates by variant", async () => {
  const { publish, device } = await setUp();
  await publish(1);
  const pad = device("iPad16,3-A", "18.1");
  await pad.tap(page);
  await publish(2, { deltas: 2 });
  await pad.update(origin);
  expect([...pad.apps.values()]).toMatchObject([{ version: "2.0", downloaded: "variant" }]);
});

test("a device gets its apps back after a restore, and is told which are withdrawn", async () => {
  const { publish, remove, device } = await setUp();
  await publish(1);
  const phone = device("iPhone15,2", "17.4.1");
  await phone.tap(page);
  expect(await phone.restore(origin)).toEqual([]);
  expect([...phone.apps.values()]).toMatchObject([{ version: "1.0" }]);
  await remove();
  const failures = [{ appleItemId: "6400000001", description: "This app is not available" }];
  expect(await phone.update(origin)).toEqual(failures);
  expect(await phone.restore(origin)).toEqual(failures);
  await expect(phone.tap(page)).rejects.toMatchObject({ reason: "page" });
});

test("a device for which there is no variant, or whose system is too old, does not install", async () => {
  const { publish, device } = await setUp();
  await publish(1);
  await expect(device("iPhone99,1", "18.1").tap(page)).rejects.toMatchObject({ reason: "model" });
  await expect(device("iPhone15,2", "17.3").tap(page)).rejects.toMatchObject({ reason: "system" });
});

test("the guide runs as a program", async () => {
  const example = fileURLToPath(new URL("installing.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    import.meta.resolve("tsx"),
    example,
  ]);
  expect(stdout.trim().split("\n")).toEqual([
    "the page has an install link: true",
    "a device with another version is offered: 1.0",
  ]);
});
