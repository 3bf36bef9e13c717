import { type Manifest, verifyPackage } from "app-store-alternative-distribution/ingest";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { places, type SetUpOptions, setUp as setUpOn } from "./test-support.js";

describe.each(places)("on $name", ({ server, openStore }) => {
  const setUp = async (options: SetUpOptions = {}) =>
    setUpOn(server, { ...options, ...(openStore && { store: await openStore() }) });

  test.each([
    "alternativeDistributionPackageVersionCreated",
    "AlternativeDistributionPackageVersionAvailable",
    "alternativeDistributionPackageAvailableUpdated",
  ] as const)("after %s every byte of the package is served", async (type) => {
    const { sandbox, publish, post, idle, get, statusOf, fetch, database } = await setUp();
    const { packageId, versionId, variantIds } = publish({ variants: 2, deltas: 1 });
    expect(await statusOf(`/packages/${packageId}/manifest.json`)).toBe(404);
    expect(await post({ type, about: versionId })).toBe(200);
    await idle();

    const url = `https://shop.example.com/packages/${packageId}/`;
    expect(await verifyPackage(url, { trust: sandbox.trust, fetch })).toMatchObject({ valid: true });
    const manifest: Manifest = await (await get(`/packages/${packageId}/manifest.json`)).json();
    expect([...manifest.variants, ...(manifest.deltas ?? [])]).toHaveLength(3);
    const blobs = await database.sql<{ asset_id: string }>`select asset_id from marketplace.key_blobs`;
    expect(blobs.map(({ asset_id }) => asset_id)).toEqual(expect.arrayContaining([...variantIds]));
  });

  test("a newer version takes the place of the served one, and only its new assets are downloaded", async () => {
    const { sandbox, publish, created, idle, statusOf, downloads, database } = await setUp();
    const first = publish({ variants: 2 });
    await created(first.versionId);
    await idle();
    const before = downloads().length;
    const second = sandbox.publishVersion(first.packageId, { deltas: 1 });
    await created(second.versionId);
    await idle();
    expect(await statusOf(`/packages/${first.packageId}/delta/${second.deltaIds[0]}.ipa`)).toBe(200);
    // The zip and the delta.
    expect(downloads().slice(before)).toHaveLength(2);
    expect(await database.sql`select id from marketplace.versions order by id`).toHaveLength(2);
    expect(await database.sql`select version_id from marketplace.served`).toEqual([
      { version_id: second.versionId },
    ]);
  });

  test("a notification with a wrong signature or a known id has no effect", async () => {
    const { sandbox, publish, post, idle, database } = await setUp();
    const { versionId } = publish();
    const notification = {
      type: "alternativeDistributionPackageVersionCreated",
      about: versionId,
      id: "sent twice",
    };
    const errors = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => errors.mockRestore());
    expect(await post({ ...notification, secret: "another secret" })).toBe(401);
    expect(errors.mock.lastCall?.[0]).toContain("If Apple sent it, check the secret");
    expect(await post({ type: "webhookPingCreated", about: versionId })).toBe(200);
    expect(await database.sql`select id from marketplace.packages`).toEqual([]);
    expect(await post(notification)).toBe(200);
    await idle();
    const requests = sandbox.requests.length;
    expect(await post(notification)).toBe(200);
    await idle();
    expect(sandbox.requests).toHaveLength(requests);
  });

  test.each([
    { type: "AppUnavailable" },
    { type: "AppVersionsUnavailable" },
    { type: "alternativeDistributionPackageAvailableUpdated", available: false },
    { type: "alternativeDistributionTerritoryAvailabilityUpdated", available: false },
  ])("$type: nothing is served as soon as it is answered, and the files follow", async (removal) => {
    const { publish, created, post, idle, statusOf, stored, database } = await setUp();
    const { packageId, versionId } = publish();
    await created(versionId);
    await idle();
    const manifest = `/packages/${packageId}/manifest.json`;
    expect(await statusOf(manifest)).toBe(200);
    expect(await stored(packageId)).toContain("manifest.json");
    expect(await post({ ...removal, about: packageId })).toBe(200);
    expect(await statusOf(manifest)).toBe(404);
    await idle();
    expect(await stored(packageId)).toEqual([]);
    expect(await database.sql`select * from marketplace.key_blobs`).toEqual([]);
  });

  test("of an offer and a takedown the newer one counts, in whatever order they come", async () => {
    let now = Date.now();
    const { sandbox, publish, created, post, idle, statusOf, handle } = await setUp({
      sandboxOptions: { now: () => now },
    });
    const { packageId, versionId } = publish();
    const type = "alternativeDistributionPackageAvailableUpdated";
    const url = "http://localhost/notifications";
    const status = () => statusOf(`/packages/${packageId}/manifest.json`);
    const late = sandbox.notification({ type, about: packageId, url });
    now += 1_000;
    await post({ type, about: packageId, available: false });
    await handle(late);
    await idle();
    expect(await status()).toBe(404);
    // That a version exists does not say that it may be offered.
    now += 1_000;
    await created(versionId);
    await idle();
    expect(await status()).toBe(404);
    now += 1_000;
    await post({ type, about: packageId });
    await idle();
    expect(await status()).toBe(200);
  });

  test("only the files of served packages can be read", async () => {
    const { publish, created, idle, statusOf } = await setUp();
    const { packageId, versionId } = publish();
    await created(versionId);
    await idle();
    const paths = [
      "",
      `${packageId}/`,
      `.${packageId}.ingest/state.json`,
      `${packageId}/variant/`,
      `${packageId}/..%2fx`,
      "../x",
    ];
    for (const path of paths) expect(await statusOf(`/packages/${path}`), path).toBe(404);
  });
});
