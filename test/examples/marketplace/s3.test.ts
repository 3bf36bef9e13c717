import { expect, test } from "vitest";
import { openBucket, prepare, setUp, until } from "./test-support.js";

test("a package in a bucket is served, updated, taken down and served again", async () => {
  const { sandbox, publish, created, post, idle, get, statusOf, stored, downloads } = await setUp(undefined, {
    store: await openBucket(),
  });
  const { packageId, versionId, variantIds } = publish({ variants: 2 });
  const manifest = `/packages/${packageId}/manifest.json`;
  await created(versionId);
  await idle();
  expect(await statusOf(manifest)).toBe(200);
  const { headers, body } = await get(`/packages/${packageId}/variant/${variantIds[0]}.ipa`);
  expect(headers.get("content-length")).toBe(`${(await new Response(body).arrayBuffer()).byteLength}`);
  expect(await stored(packageId)).toHaveLength(4);

  const before = downloads().length;
  const { deltaIds } = sandbox.publishVersion(packageId, { deltas: 1 });
  const type = "alternativeDistributionPackageAvailableUpdated";
  await post({ type, about: packageId });
  await idle();
  expect(await statusOf(`/packages/${packageId}/delta/${deltaIds[0]}.ipa`)).toBe(200);
  expect(await statusOf(`/packages/${packageId}/delta/other.ipa`)).toBe(404);
  // The zip and the delta.
  expect(downloads().slice(before)).toHaveLength(2);

  await post({ type, about: packageId, available: false });
  expect(await statusOf(manifest)).toBe(404);
  await idle();
  expect(await stored(packageId)).toEqual([]);
});

test("when the bucket refuses, the package waits, and the page says what to check", async () => {
  const { publish, created, get, database } = await setUp(undefined, {
    store: await openBucket("another-bucket"),
  });
  await created(publish({ variants: 1 }).versionId);
  await until(database, "select problem->>'reason' = 'store' as done from marketplace.packages");
  expect(await (await get("/")).text()).toContain(
    "Next step:</strong> Check the store: space, rights, errors.",
  );
  expect(await database.sql`select state, retry_count from pgboss.job where name = 'packages'`).toEqual([
    { state: "created", retry_count: 0 },
  ]);
});

test("a worker that goes on after its lease ended leaves no files of a package that was taken down", async () => {
  const store = await openBucket();
  const { publish, start, idle, database } = await prepare(undefined, { store, workers: 1 });
  const { promise: opened, resolve: open } = withResolvers();
  const { promise: continued, resolve: goOn } = withResolvers();
  const slow = await start({
    // Its lease is not renewed before the ingest ends.
    lease: 1_000,
    store: (id) => {
      const place = store(id);
      return {
        location: place.location,
        list: (context) => place.list(context),
        read: (path, context) => place.read(path, context),
        remove: (context) => place.remove(context),
        async open(context) {
          open();
          await continued;
          return place.open(context);
        },
      };
    },
  });
  const { packageId } = publish({ variants: 1 });
  const type = "alternativeDistributionPackageAvailableUpdated";
  await slow.post({ type, about: packageId });
  await opened;
  // As when the lease ended and the job was given up.
  await database.sql`delete from pgboss.job where name = 'packages'`;
  const { post, stored } = await start();
  await post({ type, about: packageId, available: false });
  await idle();
  goOn();
  await slow.stop();
  await idle();
  expect(await stored(packageId)).toEqual([]);
});

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
