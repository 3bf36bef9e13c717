import { describe, expect, test } from "vitest";
import { NOON, parameterOf, setUp } from "../support.js";

describe("a document", () => {
  const versions = "/v1/alternativeDistributionPackageVersions";

  const parameter = (start: string) => parameterOf(`${versions}/{id}`, start);

  async function published() {
    const set = await setUp();
    const { id } = set.sandbox.addAppStoreVersion({ variants: 12, deltas: 2 });
    return { ...set, ...set.sandbox.publishVersion(id) };
  }

  test("links its relationships, and lists them when they are included", async () => {
    const { call, versionId, variantIds, deltaIds, packageId } = await published();
    const plain = await call(`${versions}/${versionId}`);
    const self = `https://api.appstoreconnect.apple.com${versions}/${versionId}`;
    expect(plain.body.links.self).toBe(self);
    expect(plain.body.included).toBeUndefined();
    expect(plain.body.data.relationships).toEqual({
      variants: { links: { self: `${self}/relationships/variants`, related: `${self}/variants` } },
      deltas: { links: { self: `${self}/relationships/deltas`, related: `${self}/deltas` } },
    });
    const full = await call(
      `${versions}/${versionId}?include=variants,deltas,alternativeDistributionPackage`,
    );
    const { variants, deltas, alternativeDistributionPackage } = full.body.data.relationships;
    expect(variants.data.map(({ id }: { id: string }) => id)).toEqual(variantIds.slice(0, 10));
    expect(variants.meta.paging).toEqual({ total: 12, limit: 10 });
    expect(deltas.data.map(({ id }: { id: string }) => id)).toEqual(deltaIds);
    expect(alternativeDistributionPackage.data).toEqual({
      type: "alternativeDistributionPackages",
      id: packageId,
    });
    expect(full.body.included).toHaveLength(10 + 2 + 1);
    const few = await call(`${versions}/${versionId}?include=variants&${parameter("limit[variants")}=11`);
    expect(few.body.included).toHaveLength(11);
  });

  test("has the fields that were asked for, of each type", async () => {
    const { call, versionId } = await published();
    const fields = `${parameter("fields[alternativeDistributionPackageVersions")}=state,variants`;
    const ofVariants = parameter("fields[alternativeDistributionPackageVariants");
    const included = `include=variants&${ofVariants}=alternativeDistributionKeyBlob`;
    const { data, included: variants } = (await call(`${versions}/${versionId}?${fields}&${included}`)).body;
    expect(data.attributes).toEqual({ state: "COMPLETED" });
    expect(Object.keys(data.relationships)).toEqual(["variants"]);
    for (const { attributes } of variants)
      expect(Object.keys(attributes)).toEqual(["alternativeDistributionKeyBlob"]);
  });

  test("has dates with an offset, as Apple writes them", async () => {
    const { call, versionId } = await published();
    const { attributes } = (await call(`${versions}/${versionId}`)).body.data;
    expect(attributes.urlExpirationDate).toBe("2025-06-01T06:00:00-07:00");
    expect(Date.parse(attributes.urlExpirationDate)).toBe(NOON + 3_600_000);
  });
});
