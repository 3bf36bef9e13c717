import { describe, expect, test } from "vitest";
import { bytesOf, sha256 } from "../fault-support.js";
import { published, unzip } from "../package-support.js";

test("a package's zip holds a manifest whose digests are those of the bytes, and a signature", async () => {
  const { packageVersion, variant, get, variantIds, deltaIds, sandbox } = await published({
    bundleId: "com.example.game",
    version: "2.5",
    variants: [{ size: 100_000, chunkSize: 30_000, device: "iPhone15,2", os: "18.1" }, 3_000_000],
    deltas: [0],
    chunkSize: 1_048_576,
    digests: "encrypted",
  });
  const { url, fileChecksum } = await packageVersion();
  const zip = await bytesOf(await get(url));
  expect(sha256(zip)).toBe(fileChecksum);
  const files = await unzip(zip);
  expect(Object.keys(files)).toEqual(["manifest.json", "signature"]);
  const manifest = JSON.parse(String(files["manifest.json"]));
  expect(manifest).toMatchObject({
    manifestSchemaVersion: "1.0",
    distributionPackageRevision: 1,
    bundleId: "com.example.game",
    shortVersionString: "2.5",
    platforms: ["ios"],
    variants: [
      {
        publicId: variantIds[0],
        assetPath: `variant/${variantIds[0]}.ipa`,
        installTargets: [{ device: "iPhone15,2", os: "18.1" }],
      },
      { publicId: variantIds[1] },
    ],
    deltas: [{ publicId: deltaIds[0], targetVariantAssetPath: `variant/${variantIds[0]}.ipa` }],
  });
  expect(manifest.variants[0].variantDetails).toMatchObject({
    compressedSize: 100_000,
    hashes: [{ chunkSize: 30_000 }],
  });

  for (const [index, { variantDetails }] of manifest.variants.entries()) {
    const asset = await variant(index);
    const bytes = await bytesOf(await get(asset.url));
    const [{ algorithm, chunkSize, encryptedChunkDigests }] = variantDetails.hashes;
    expect(algorithm).toBe("sha256");
    expect(bytes.length).toBe(variantDetails.compressedSize);
    const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, chunk) =>
      sha256(bytes.subarray(chunk * chunkSize, (chunk + 1) * chunkSize)),
    );
    expect(encryptedChunkDigests).toEqual(chunks);
    expect(new Set(chunks).size).toBe(chunks.length);
    expect(asset.fileChecksum).toBe(sha256(bytes));
  }
  expect(sandbox.requests.filter(({ on }) => on === "cdn")).toHaveLength(3);
});

test("the zip of a later version has a higher revision", async () => {
  const { sandbox, packageId, files } = await published();
  const { versionId, variantIds, deltaIds } = sandbox.publishVersion(packageId, { deltas: 1 });
  const { "manifest.json": manifest } = await files(versionId);
  const { distributionPackageRevision, variants, deltas } = JSON.parse(String(manifest));
  expect(distributionPackageRevision).toBe(2);
  const publicIds = (assets: { publicId: string }[]) => assets.map(({ publicId }) => publicId);
  expect(publicIds(variants)).toEqual(variantIds);
  expect(publicIds(deltas)).toEqual(deltaIds);
});

test("App Store versions with long ids that are alike have appleVersionIds of their own", async () => {
  const ids = ["app-store-version-1", "app-store-version-2", `${"x".repeat(300)}1`, `${"x".repeat(300)}2`];
  const found = new Set<unknown>();
  for (const id of ids) {
    const { files } = await published({ id, variants: 1, assetBytes: 10 });
    const { appleVersionId } = JSON.parse(String((await files())["manifest.json"]));
    expect(appleVersionId).toMatch(/^\d{9}$/);
    found.add(appleVersionId);
  }
  expect(found.size).toBe(ids.length);
});

interface Asset {
  readonly publicId: string;
  readonly installTargets: readonly { readonly device: string; readonly os: string }[];
  readonly variantDetails: { readonly compressedSize: number; readonly hashes: readonly Hash[] };
}
interface Hash {
  readonly chunkSize: number;
  readonly encryptedChunkDigests?: readonly string[];
  readonly unencryptedChunkDigests?: readonly string[];
}

async function variantsOf(options: Parameters<typeof published>[0], seed = 1): Promise<readonly Asset[]> {
  const { files } = await published(options, { seed });
  return JSON.parse(String((await files())["manifest.json"])).variants;
}

describe("a manifest in the shape of Apple's", () => {
  test.each([
    ["encrypted", [3, undefined]],
    ["unencrypted", [0, 3]],
    ["both", [3, 3]],
  ] as const)("with the digests %s has this many of each kind: %j", async (digests, counts) => {
    for (const { variantDetails } of await variantsOf({ digests, assetBytes: 2500, chunkSize: 1000 })) {
      const [hash] = variantDetails.hashes;
      expect([hash?.encryptedChunkDigests?.length, hash?.unencryptedChunkDigests?.length]).toEqual(counts);
      for (const digest of hash?.unencryptedChunkDigests ?? []) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test("of a later version can have other digests, with the same files", async () => {
    const { sandbox, files, call } = await published({ digests: "encrypted", assetBytes: 10 });
    const { id } = sandbox.addAppStoreVersion({ digests: "encrypted", assetBytes: 10 });
    for (const digests of ["unencrypted", "both"] as const) {
      const { versionId } = sandbox.publishVersion(id, { digests });
      const [variant] = JSON.parse(String((await files(versionId))["manifest.json"])).variants;
      const [hash] = variant.variantDetails.hashes;
      expect(hash.encryptedChunkDigests).toHaveLength(digests === "both" ? 1 : 0);
      const read = await call(`/v1/alternativeDistributionPackageVariants/${variant.publicId}`);
      if (digests === "both")
        expect(hash.encryptedChunkDigests).toEqual([read.body.data.attributes.fileChecksum]);
    }
  });

  test("has all three kinds of digests over some seeds, the same for the same seed", async () => {
    const kindOf = async (seed: number) => {
      const [variant] = await variantsOf({ assetBytes: 10 }, seed);
      const [hash] = variant?.variantDetails.hashes ?? [];
      return [hash?.encryptedChunkDigests?.length, hash?.unencryptedChunkDigests?.length].join();
    };
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const kinds = await Promise.all(seeds.map(kindOf));
    expect(new Set(kinds)).toEqual(new Set(["1,", "0,1", "1,1"]));
    expect(await Promise.all(seeds.map(kindOf))).toEqual(kinds);
  });

  test("has chunks of 10 MiB, or one chunk of the size of a smaller file", async () => {
    const variants = await variantsOf({ variants: [10_485_761, 5000], digests: "both" });
    const chunks = variants.map(({ variantDetails: { hashes } }) => [
      hashes[0]?.chunkSize,
      hashes[0]?.encryptedChunkDigests?.length,
    ]);
    expect(chunks).toEqual([
      [10_485_760, 2],
      [5000, 1],
    ]);
  });

  test("names 70 variants with UUIDs of version 3 and 4, and devices with and without a letter", async () => {
    const variants = await variantsOf({ variants: 70, assetBytes: 10 });
    expect(variants).toHaveLength(70);
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-([34])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(new Set(variants.map(({ publicId }) => uuid.exec(publicId)?.[1]))).toEqual(new Set(["3", "4"]));
    const devices = new Set(
      variants.flatMap(({ installTargets }) => installTargets.map((target) => target.device)),
    );
    expect(devices).toContain("iPad16,3-A");
    expect(devices).toContain("iPhone15,2");
    const counts = variants.map(({ installTargets }) => installTargets.length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 6]);
  });

  test("has a first revision with deltas, and a second one without", async () => {
    const { sandbox, files, packageId } = await published({ deltas: 5, assetBytes: 10 });
    const first = JSON.parse(String((await files())["manifest.json"]));
    expect(first).toMatchObject({ distributionPackageRevision: 1 });
    // From the version before to both variants, then from the one before that.
    const sources = first.deltas.map(
      ({ sourceVariant }: { sourceVariant: { version: string } }) => sourceVariant.version,
    );
    expect(sources).toEqual(["0.999", "0.999", "0.998", "0.998", "0.997"]);
    const { versionId } = sandbox.publishVersion(packageId, { deltas: 0, digests: "both" });
    const second = JSON.parse(String((await files(versionId))["manifest.json"]));
    expect(second).toMatchObject({ distributionPackageRevision: 2, deltas: [] });
  });
});
