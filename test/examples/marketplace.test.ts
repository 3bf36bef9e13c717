import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "app-store-alternative-distribution";
import { type Manifest, verifyPackage } from "app-store-alternative-distribution/ingest";
import { createSandbox, type NotificationOptions } from "app-store-alternative-distribution/sandbox";
import { expect, onTestFinished, test } from "vitest";
import { createMarketplace, listen } from "./marketplace.js";

/** The marketplace on one port, and the sandbox in place of Apple on another. */
async function setUp() {
  const sandbox = createSandbox({ seed: "marketplace" });
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "marketplace-test-"));
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url });
  const marketplace = createMarketplace({
    client,
    secret: sandbox.notificationSecret,
    directory,
    trust: sandbox.trust,
  });
  const server = await listen(marketplace.handle);
  onTestFinished(async () => {
    await Promise.all([server.close(), apple.close()]);
    await rm(directory, { recursive: true });
  });

  return {
    sandbox,
    client,
    marketplace,
    directory,
    /** Posts a notification and waits until the worker has done all its jobs. */
    async notify(options: NotificationOptions): Promise<number> {
      const { status } = await sandbox.notify({ ...options, url: `${server.url}/notifications` });
      await marketplace.idle();
      return status;
    },
    get: (path: string) => fetch(`${server.url}/packages/${path}`),
  };
}

test.each([
  "alternativeDistributionPackageVersionCreated",
  "AlternativeDistributionPackageVersionAvailable",
  "alternativeDistributionPackageAvailableUpdated",
] as const)("after %s every byte of the package is served", async (type) => {
  const { sandbox, directory, notify, get } = await setUp();
  const { id, appId } = sandbox.addAppStoreVersion({ variants: 2, deltas: 1 });
  const { packageId, versionId } = sandbox.publishVersion(id);

  expect(await notify({ type, about: versionId })).toBe(200);

  const folder = `${appId}/${packageId}`;
  expect(await verifyPackage(join(directory, "public", folder), { trust: sandbox.trust })).toMatchObject({
    valid: true,
  });
  const manifest = (await (await get(`${folder}/manifest.json`)).json()) as Manifest;
  const paths = [...manifest.variants, ...(manifest.deltas ?? [])].map(({ assetPath }) => assetPath);
  expect(paths).toHaveLength(3);
  for (const path of ["manifest.json", "signature", ...paths]) {
    const served = Buffer.from(await (await get(`${folder}/${path}`)).arrayBuffer());
    const onDisk = await readFile(join(directory, "public", folder, path));
    expect(sha256(served), path).toBe(sha256(onDisk));
  }
});

test("deltas of a newer version are served after its notification", async () => {
  const { sandbox, notify, get } = await setUp();
  const { id, appId } = sandbox.addAppStoreVersion({ variants: 2 });
  const first = sandbox.publishVersion(id);
  await notify({ type: "alternativeDistributionPackageVersionCreated", about: first.versionId });
  const second = sandbox.publishVersion(id, { deltas: 1 });
  const delta = `${appId}/${first.packageId}/delta/${second.deltaIds[0]}.ipa`;
  expect((await get(delta)).status).toBe(404);
  await notify({ type: "alternativeDistributionPackageVersionCreated", about: second.versionId });
  expect((await get(delta)).status).toBe(200);
});

test("a notification with a wrong signature or a known id has no effect", async () => {
  const { sandbox, notify } = await setUp();
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const created = {
    type: "alternativeDistributionPackageVersionCreated",
    about: versionId,
    id: "sent twice",
  };

  expect(await notify({ ...created, secret: "another secret" })).toBe(401);
  expect(sandbox.requests).toHaveLength(0);

  expect(await notify(created)).toBe(200);
  const earlier = sandbox.requests.length;
  expect(earlier).toBeGreaterThan(0);
  expect(await notify(created)).toBe(200);
  expect(sandbox.requests).toHaveLength(earlier);
});

test.each([
  { type: "AppUnavailable" },
  { type: "AppVersionsUnavailable" },
  { type: "alternativeDistributionPackageAvailableUpdated", available: false },
  { type: "alternativeDistributionTerritoryAvailabilityUpdated", available: false },
])("a removed package is not served: $type", async (removal) => {
  const { sandbox, notify, get } = await setUp();
  const { id, appId } = sandbox.addAppStoreVersion();
  const { packageId, versionId } = sandbox.publishVersion(id);
  await notify({ type: "alternativeDistributionPackageVersionCreated", about: versionId });
  const manifest = `${appId}/${packageId}/manifest.json`;
  expect((await get(manifest)).status).toBe(200);
  expect(await notify({ ...removal, about: packageId })).toBe(200);
  expect((await get(manifest)).status).toBe(404);
});

test("other notifications get a 200 and have no effect", async () => {
  const { sandbox, directory, notify } = await setUp();
  const { id, appId } = sandbox.addAppStoreVersion();
  sandbox.publishVersion(id);
  expect(await notify({ type: "webhookPingCreated", about: appId })).toBe(200);
  expect(await notify({ type: "alternativeDistributionTerritoryAvailabilityUpdated", about: appId })).toBe(
    200,
  );
  expect(await readdir(directory)).toEqual([]);
});

test("only the files of packages are served", async () => {
  const { sandbox, directory, notify, get } = await setUp();
  const { id, appId } = sandbox.addAppStoreVersion();
  const { packageId, versionId } = sandbox.publishVersion(id);
  await notify({ type: "alternativeDistributionPackageVersionCreated", about: versionId });
  expect(await readdir(join(directory, "private"))).toEqual([`${packageId}.json`]);
  const paths = [
    "",
    appId,
    `${appId}/${packageId}/`,
    `${appId}/.${packageId}.ingest/state.json`,
    `${appId}/${packageId}/variant/`,
    `../private/${packageId}.json`,
    `${appId}/${packageId}/..%2f..%2f..%2fprivate%2f${packageId}.json`,
  ];
  for (const path of paths) expect((await get(path)).status, path).toBe(404);
});

test("at its start it catches up on what came while it was off", async () => {
  const { sandbox, client, marketplace, get } = await setUp();
  const { data } = await client.webhooks.create({
    appId: sandbox.marketplaceAppId,
    name: "shop",
    // Nothing listens there.
    url: "http://127.0.0.1:1/notifications",
    secret: sandbox.notificationSecret,
    eventTypes: ["ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED"],
  });
  const { id, appId } = sandbox.addAppStoreVersion({ variants: 1 });
  const { packageId } = sandbox.publishVersion(id);
  await sandbox.delivered();
  const path = `${appId}/${packageId}/manifest.json`;
  expect((await get(path)).status).toBe(404);
  await marketplace.catchUp(data.id, new Date(Date.now() - 60_000));
  await marketplace.idle();
  expect((await get(path)).status).toBe(200);
});

test("the example runs as a program", async () => {
  const example = fileURLToPath(new URL("marketplace.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    import.meta.resolve("tsx"),
    example,
  ]);
  expect(stdout.trim().split("\n")).toEqual([
    "alternativeDistributionPackageVersionCreated: answered 200",
    "the package is complete and valid: true",
    "a device requests the manifest: 200",
    "AppUnavailable: answered 200",
    "a device requests it again: 404",
  ]);
}, 60_000);

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
