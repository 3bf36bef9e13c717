import { describe, expect, test } from "vitest";
import type { Eligibility } from "../../../src/sandbox/index.js";
import { NOON, packageFor, problem, setUp } from "../support.js";

const packages = "/v1/alternativeDistributionPackages";

describe("creating a package", () => {
  test("works once for an App Store version; then it can be read", async () => {
    const { sandbox, call } = await setUp();
    const { id } = sandbox.addAppStoreVersion();
    const path = `/v1/appStoreVersions/${id}/alternativeDistributionPackage`;
    expect(problem(await call(path))).toEqual({ status: 404, code: "NOT_FOUND" });
    const created = await call(packages, { method: "POST", body: packageFor(id) });
    expect(created.status).toBe(201);
    const source = { pointer: "/data/relationships/appStoreVersion" };
    expect(problem(await call(packages, { method: "POST", body: packageFor(id) }))).toEqual({
      status: 409,
      code: "ENTITY_ERROR",
      source,
    });
    expect((await call(path)).body.data.id).toBe(created.body.data.id);
    const linkage = await call(`/v1/appStoreVersions/${id}/relationships/alternativeDistributionPackage`);
    expect(linkage.body.data).toEqual({ type: "alternativeDistributionPackages", id: created.body.data.id });
  });

  test.each<[Eligibility, string | undefined]>([
    [{ state: "PENDING_DEVELOPER_RELEASE" }, undefined],
    [{ state: "PENDING_APPLE_RELEASE" }, undefined],
    [{ state: "READY_FOR_DISTRIBUTION", platform: "IOS", sdk: "16.1", connected: true }, undefined],
    [{ state: "IN_REVIEW" }, "STATE_ERROR"],
    [{ state: "PREPARE_FOR_SUBMISSION" }, "STATE_ERROR"],
    [{ platform: "TV_OS" }, "ENTITY_ERROR"],
    [{ sdk: "16.0" }, "ENTITY_ERROR"],
    [{ sdk: "15.5" }, "ENTITY_ERROR"],
    [{ connected: false }, "ENTITY_ERROR"],
  ])("for a version that is %o: %s", async (eligibility, code) => {
    const { sandbox, call } = await setUp();
    const { id } = sandbox.addAppStoreVersion(eligibility);
    const answer = await call(packages, { method: "POST", body: packageFor(id) });
    if (code === undefined) expect(answer.status).toBe(201);
    else expect(problem(answer)).toMatchObject({ status: 409, code });
  });
});

describe("a package's versions", () => {
  test("are completed when they are due by the sandbox's clock", async () => {
    let now = NOON;
    const { sandbox, call } = await setUp({ versionDelay: 60_000, now: () => now });
    const { id } = sandbox.addAppStoreVersion();
    const created = await call(packages, { method: "POST", body: packageFor(id) });
    const versions = async () => (await call(`${packages}/${created.body.data.id}/versions`)).body.data;
    expect(await versions()).toEqual([]);
    now += 59_999;
    expect(await versions()).toEqual([]);
    now += 1;
    expect(await versions()).toMatchObject([{ attributes: { state: "COMPLETED", version: "1" } }]);
  });

  test("are completed on command, and replaced when deltas arrive", async () => {
    const { sandbox, call } = await setUp({ versionDelay: Number.POSITIVE_INFINITY });
    const { id } = sandbox.addAppStoreVersion({ variants: 3 });
    const created = await call(packages, { method: "POST", body: packageFor(id) });
    const packageId = created.body.data.id;
    const first = sandbox.publishVersion(id);
    expect(first).toMatchObject({ packageId, version: "1", deltaIds: [] });
    const second = sandbox.publishVersion(packageId, { deltas: 2 });
    expect(second).toMatchObject({ packageId, version: "2", variantIds: first.variantIds });
    expect(second.deltaIds).toHaveLength(2);

    const all = await call(`${packages}/${packageId}/versions`);
    expect(all.body.data).toMatchObject([
      { id: first.versionId, attributes: { state: "REPLACED", version: "1" } },
      { id: second.versionId, attributes: { state: "COMPLETED", version: "2" } },
    ]);
    const current = await call(`${packages}/${packageId}/versions?filter[state]=COMPLETED`);
    expect(current.body.data).toMatchObject([{ id: second.versionId }]);
    expect(current.body.meta.paging).toEqual({ total: 1, limit: 50 });
    const both = await call(`${packages}/${packageId}/versions?filter[state]=COMPLETED,REPLACED`);
    expect(both.body.meta.paging.total).toBe(2);
  });

  test("can be published before a developer asks for the package", async () => {
    const { sandbox, call } = await setUp();
    const { id } = sandbox.addAppStoreVersion({ variants: 1 });
    const published = sandbox.publishVersion(id);
    const read = await call(`/v1/appStoreVersions/${id}/alternativeDistributionPackage?include=versions`);
    expect(read.body.data.id).toBe(published.packageId);
    expect(read.body.included).toMatchObject([{ id: published.versionId }]);
  });

  test("need an id that the sandbox has, and assets that can be made", async () => {
    const { sandbox } = await setUp();
    expect(() => sandbox.publishVersion("nobody")).toThrow(
      /^id: expected the id of an App Store version or a package of this sandbox, got "nobody"$/,
    );
    sandbox.addAppStoreVersion({ id: "one" });
    expect(() => sandbox.addAppStoreVersion({ id: "one" })).toThrow(
      /^id: expected an id that no App Store version of this sandbox has, got "one"$/,
    );
    expect(() => sandbox.addAppStoreVersion({ deltas: [{ chunkSize: "1" as never }] })).toThrow(
      /^deltas\[0\]\.chunkSize: expected/,
    );
    expect(() => sandbox.addAppStoreVersion({ digests: "none" as never })).toThrow(
      'digests: expected "encrypted" or "unencrypted" or "both", got "none"',
    );
    expect(() => sandbox.publishVersion("one", { variants: [-1] })).toThrow(
      /^variants\[0\]: expected a whole number from 0 to \d+ \(bytes\), got -1$/,
    );
  });
});
