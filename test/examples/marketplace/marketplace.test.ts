import { join } from "node:path";
import { type Manifest, verifyPackage } from "app-store-alternative-distribution/ingest";
import { describe, expect, test } from "vitest";
import { databases, setUp } from "./test-support.js";

describe.each(databases)("on $name", ({ url }) => {
  test("a notification leads to a package that is served, byte by byte", async () => {
    const { sandbox, notify, idle, get, directory, database } = await setUp(url);
    const { id } = sandbox.addAppStoreVersion({ variants: 2, deltas: 1 });
    const { packageId, versionId } = sandbox.publishVersion(id);
    expect((await get(`/packages/${packageId}/manifest.json`)).status).toBe(404);
    expect(await notify({ type: "alternativeDistributionPackageVersionCreated", about: versionId })).toBe(200);
    await idle();
    console.log(await database.query("select * from marketplace.packages"), await database.query("select name,state,data,output from pgboss.job"), sandbox.requests.map(r=>[r.path,r.status]));
    const manifest: Manifest = await (await get(`/packages/${packageId}/manifest.json`)).json();
    expect(manifest.variants).toHaveLength(2);
    const report = await verifyPackage(join(directory, "packages", packageId), { trust: sandbox.trust });
    expect(report).toMatchObject({ valid: true });
  });
});
