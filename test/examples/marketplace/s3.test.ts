import { expect, test } from "vitest";
import { openBucket, setUp, until } from "./test-support.js";

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
