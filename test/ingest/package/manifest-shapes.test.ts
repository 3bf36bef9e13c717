import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { parseManifest } from "../../../src/ingest/package/parse-manifest.js";

const CHUNK = 10_485_760;
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** An id in the form of a UUID of version 3. */
function idOf(name: string): string {
  return digest(name).replace(/^(.{8})(.{4}).(.{3})(.{4})(.{12}).*$/, "$1-$2-3$3-$4-$5");
}

interface Shape {
  era: "encrypted" | "unencrypted" | "both";
  variants: number;
  deltas: number;
  bytes: number;
}

/** Digests as Apple writes them in the three eras of its manifests. */
function hashOf(name: string, bytes: number, era: Shape["era"]) {
  const chunks = Math.ceil(bytes / CHUNK);
  const digests = (kind: string) =>
    Array.from({ length: chunks }, (_, chunk) => digest(`${kind} ${name} ${chunk}`));
  return {
    algorithm: "sha256",
    chunkSize: chunks === 1 ? bytes : CHUNK,
    encryptedChunkDigests: era === "unencrypted" ? [] : digests("encrypted"),
    ...(era !== "encrypted" && { unencryptedChunkDigests: digests("unencrypted") }),
  };
}

function entryOf(kind: "variant" | "delta", name: string, { bytes, era }: Shape) {
  const publicId = idOf(name);
  const details = { compressedSize: bytes, uncompressedSize: bytes * 2, hashes: [hashOf(name, bytes, era)] };
  return { publicId, assetPath: `${kind}/${publicId}.ipa`, [`${kind}Details`]: details };
}

function manifestIn(shape: Shape, revision: number) {
  const installTargets = [{ device: "iPad16,3-A", os: "17.4" }];
  const variants = Array.from({ length: shape.variants }, (_, index) => ({
    ...entryOf("variant", `variant ${index}`, shape),
    installTargets,
  }));
  const sourceVariant = { appleVersionId: "1", version: "1.0", installTargets };
  const deltas = Array.from({ length: shape.deltas }, (_, index) => ({
    ...entryOf("delta", `delta ${index}`, shape),
    ...{ sourceVariant, targetVariantAssetPath: variants[0]?.assetPath },
  }));
  return {
    ...{ manifestSchemaVersion: "1.0", distributionPackageRevision: revision, platforms: ["ios"] },
    ...{ appleItemId: "1", bundleId: "com.example", shortVersionString: "1.1", bundleVersion: "2" },
    ...{ appleVersionId: "2", minimumSystemVersions: { ios: "17.4" }, requiredDeviceCapabilities: ["arm64"] },
    ...{
      appInstallDeterminants: [],
      hasMessagesExtension: false,
      isLaunchProhibited: false,
      variants,
      deltas,
    },
  };
}

test.each<[string, Shape, number]>([
  ["one variant with encrypted digests", { era: "encrypted", variants: 1, deltas: 0, bytes: 500 }, 1],
  ["unencrypted digests", { era: "unencrypted", variants: 4, deltas: 12, bytes: 5_908_264 }, 2],
  [
    "unencrypted digests of several chunks",
    { era: "unencrypted", variants: 8, deltas: 0, bytes: 5 * CHUNK },
    1,
  ],
  ["both digests", { era: "both", variants: 4, deltas: 228, bytes: 40_000 }, 2],
  ["67 variants of 17 chunks, revision 1", { era: "both", variants: 67, deltas: 0, bytes: 178_000_000 }, 1],
  ["revision 1 with deltas", { era: "both", variants: 3, deltas: 2, bytes: CHUNK }, 1],
  ["revision 2 without deltas", { era: "encrypted", variants: 6, deltas: 0, bytes: CHUNK + 1 }, 2],
])("a manifest with %s is read", (_, shape, revision) => {
  const written = manifestIn(shape, revision);
  const { manifest, assets } = parseManifest(Buffer.from(JSON.stringify(written)));
  expect(manifest).toEqual(written);
  expect(assets).toHaveLength(shape.variants + shape.deltas);
  const chunks = Math.ceil(shape.bytes / CHUNK);
  for (const { digests, bytes } of assets) {
    expect(bytes).toBe(shape.bytes);
    expect(digests).toHaveLength(shape.era === "unencrypted" ? 0 : chunks);
  }
});

test("ids of any form of UUID, no list of deltas and no list of digests are fine", () => {
  const shape: Shape = { era: "encrypted", variants: 1, deltas: 0, bytes: 10 };
  const [variant] = manifestIn(shape, 1).variants;
  for (const publicId of ["6F9619FF-8B86-D011-B42D-00CF4FC964FF", "018f5d3e-7b1a-7c3e-9d2f-000000000001"]) {
    for (const hash of [{}, { encryptedChunkDigests: null }]) {
      const hashes = [{ algorithm: "sha256", chunkSize: 10, ...hash }];
      const changed = { ...variant, publicId, variantDetails: { compressedSize: 10, hashes } };
      const { assets } = parseManifest(Buffer.from(JSON.stringify({ variants: [changed] })));
      expect(assets).toMatchObject([{ id: publicId, digests: [] }]);
    }
  }
});

test("of several hashes, the first with digests counts", () => {
  const full = { algorithm: "sha512", chunkSize: 10, encryptedChunkDigests: ["0".repeat(128)] };
  const hashes = [{ algorithm: "sha256", chunkSize: 10, encryptedChunkDigests: [] }, full];
  const details = { compressedSize: 10, hashes };
  const variant = { publicId: "a", assetPath: "variant/a.ipa", variantDetails: details };
  const { assets } = parseManifest(Buffer.from(JSON.stringify({ variants: [variant] })));
  expect(assets[0]).toMatchObject({ algorithm: "sha512", digests: full.encryptedChunkDigests });
});
