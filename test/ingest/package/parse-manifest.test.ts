import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../../src/ingest/package/parse-manifest.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";
import { delta, manifestOf, servePackage, variant } from "../support/package-server.js";
import { packageZip } from "../support/raw-zip.js";
import { refusalOf } from "../support/refusal.js";
import { ingestPackage } from "../support/trusted.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];

type Entry = Record<string, unknown>;
interface Loose {
  /** A change may add what is no entry. */
  variants: unknown[];
  deltas: Entry[];
}

/** A valid manifest after a change. */
function changed(change: (manifest: Loose, first: Entry, hash: Entry) => void): unknown {
  // The cast: a change may put any value anywhere, as a hostile file does.
  const manifest = structuredClone(manifestOf(assets)) as unknown as Loose;
  const first = manifest.variants[0] as Entry;
  const { hashes } = first.variantDetails as { hashes: Entry[] };
  change(manifest, first, hashes[0] as Entry);
  return manifest;
}

const digest = "0".repeat(64);

test.each<[string, unknown, RegExp]>([
  ["no JSON", Buffer.from("{"), /is not JSON/],
  ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /is not JSON in UTF-8/],
  ["an array", [], /the file is not an object/],
  ["no variants", {}, /variants is not an array/],
  ["null as a variant", changed((m) => m.variants.push(null)), /variants\[2\] is not an object/],
  ["traversal", changed((_, a) => (a.assetPath = "variant/../../evil")), /leaves its folder/],
  ["dot", changed((_, a) => (a.assetPath = "variant/.")), /leaves its folder/],
  ["absolute", changed((_, a) => (a.assetPath = "/etc/passwd")), /is absolute/],
  ["drive", changed((_, a) => (a.assetPath = "C:/x")), /contains a colon/],
  ["stream", changed((_, a) => (a.assetPath = "variant/a.ipa::$DATA")), /contains a colon/],
  ["backslash", changed((_, a) => (a.assetPath = "variant\\a")), /contains a backslash/],
  ["NUL", changed((_, a) => (a.assetPath = "variant/a\0.ipa")), /contains a control character/],
  ["newline", changed((_, a) => (a.assetPath = "variant/a\n.ipa")), /contains a control character/],
  ["device", changed((_, a) => (a.assetPath = "variant/NUL.ipa")), /is a reserved device name/],
  ["device in lower case", changed((_, a) => (a.assetPath = "variant/com1")), /is a reserved device name/],
  ["dot at the end", changed((_, a) => (a.assetPath = "variant/a.")), /ends in a dot or space/],
  ["hidden", changed((_, a) => (a.assetPath = "variant/.htaccess")), /names a hidden file/],
  ["the folder itself", changed((_, a) => (a.assetPath = "variant/")), /contains an empty segment/],
  ["the manifest", changed((_, a) => (a.assetPath = "manifest.json")), /is not in variant\//],
  ["the other kind", changed((_, a) => (a.assetPath = "delta/a.ipa")), /is not in variant\//],
  ["another case", changed((_, a) => (a.assetPath = "Variant/a.ipa")), /is not in variant\//],
  ["deeper", changed((_, a) => (a.assetPath = "variant/x/a.ipa")), /is not directly in variant\//],
  ["other letters", changed((_, a) => (a.assetPath = "variant/\u202egpj.ipa")), /not safe in a file name/],
  ["very long", changed((_, a) => (a.assetPath = `variant/${"x".repeat(5000)}`)), /more than 255 bytes/],
  ["no path", changed((_, a) => delete a.assetPath), /assetPath is not a string/],
  ["path twice", changed((m, a) => m.variants.push({ ...a, publicId: "z" })), /appears twice/],
  [
    "path twice in another case",
    changed((m, a) => m.variants.push({ ...a, publicId: "z", assetPath: "variant/A.IPA" })),
    /appears twice/,
  ],
  ["id twice", changed((m, a) => m.variants.push({ ...a, assetPath: "variant/z" })), /"a" appears twice/],
  ["id that climbs", changed((_, a) => (a.publicId = "..")), /is not a resource id/],
  ["id with a slash", changed((_, a) => (a.publicId = "a/b")), /is not a resource id/],
  ["id as a number", changed((_, a) => (a.publicId = 5)), /is not a resource id: 5/],
  ["size 0", changed((_, a) => ((a.variantDetails as Entry).compressedSize = 0)), /positive whole number: 0/],
  ["size below 0", changed((_, a) => ((a.variantDetails as Entry).compressedSize = -1)), /positive whole/],
  ["half a byte", changed((_, a) => ((a.variantDetails as Entry).compressedSize = 0.5)), /positive whole/],
  ["size as text", changed((_, a) => ((a.variantDetails as Entry).compressedSize = "100")), /positive whole/],
  [
    "a size that lies",
    changed((_, a) => ((a.variantDetails as Entry).compressedSize = 90)),
    /10 digests.*need 9/,
  ],
  ["a huge size", changed((_, a) => ((a.variantDetails as Entry).compressedSize = 1e30)), /positive whole/],
  ["chunkSize 0", changed((_, __, hash) => (hash.chunkSize = 0)), /chunkSize is not a positive/],
  ["a chunk too few", changed((_, __, hash) => (hash.encryptedChunkDigests as []).pop()), /has 9 digests/],
  [
    "a chunk too many",
    changed((_, __, hash) => (hash.encryptedChunkDigests as string[]).push(digest)),
    /has 11/,
  ],
  [
    "a short digest",
    changed((_, __, hash) => ((hash.encryptedChunkDigests as string[])[3] = "ab")),
    /\[3\] is not a sha256 digest/,
  ],
  [
    "digests as text",
    changed((_, __, hash) => (hash.encryptedChunkDigests = digest)),
    /Digests is not an array/,
  ],
  [
    "an algorithm without a name",
    changed((_, __, hash) => delete hash.algorithm),
    /algorithm is not a string/,
  ],
  [
    "hashes as text",
    changed((_, a) => ((a.variantDetails as Entry).hashes = digest)),
    /hashes is not an array/,
  ],
  ["no details", changed((_, a) => delete a.variantDetails), /variantDetails is not an object/],
  ["a million entries", { variants: Array(1_000_000).fill({}) }, /lists 1000000 assets/],
])("a manifest with %s is refused", async (_, manifest, message) => {
  const error = await refusalOf(packageZip(manifest), assets);
  expect(error.reason).toBe("manifest");
  expect(error.message).toMatch(message);
});

test("sizes that add up to more than any disk are refused before the first byte", async () => {
  const size = Number.MAX_SAFE_INTEGER;
  const hashes = [{ algorithm: "sha256", chunkSize: size, encryptedChunkDigests: [digest] }];
  const huge = {
    publicId: "a",
    assetPath: "variant/a.ipa",
    variantDetails: { compressedSize: size, hashes },
  };
  const server = await servePackage(assets, { manifest: { variants: [huge] }, signed: [variant("a", 1)] });
  const folder = temporaryFolder();
  const error = await failure(ingestPackage(server.client, { versionId: "v", directory: join(folder, "p") }));
  expect(error).toMatchObject({ reason: "no-space" });
  expect(server.downloads).toEqual([]);
  const twice = [huge, { ...huge, publicId: "b", assetPath: "variant/b.ipa" }];
  expect(() => parseManifest(Buffer.from(JSON.stringify({ variants: twice })))).toThrow(/impossible size/);
});

test("unknown fields, other algorithms beside a known one and upper-case digests are fine", () => {
  const manifest = changed((m, a, hash) => {
    Object.assign(m, { news: { of: "tomorrow" } });
    a.more = [1];
    hash.algorithm = "SHA-256";
    hash.encryptedChunkDigests = (hash.encryptedChunkDigests as string[]).map((text) => text.toUpperCase());
    ((a.variantDetails as Entry).hashes as Entry[]).unshift({ algorithm: "blake9", whatever: true });
    Object.assign(((m.variants[1] as Entry).variantDetails as { hashes: Entry[] }).hashes[0] as Entry, {
      algorithm: "SHA_256",
    });
  });
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest)));
  expect(parsed.manifest).toEqual(manifest);
  expect(parsed.assets).toEqual(parseManifest(Buffer.from(JSON.stringify(manifestOf(assets)))).assets);
});

test.each<[string, (details: Entry, hash: Entry) => unknown]>([
  ["no hashes", (details) => delete details.hashes],
  ["null as hashes", (details) => (details.hashes = null)],
  ["an empty list of hashes", (details) => (details.hashes = [])],
  ["an unknown algorithm", (_, hash) => (hash.algorithm = "sha3000")],
  ["a weak algorithm", (_, hash) => (hash.algorithm = "md5")],
  [
    "no digests and no chunkSize",
    (_, hash) => Object.assign(hash, { encryptedChunkDigests: [], chunkSize: 0 }),
  ],
])("with %s, an asset is read without digests: the signature has to prove it", (_, change) => {
  const manifest = changed((_, a, hash) => change(a.variantDetails as Entry, hash));
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest)));
  expect(parsed.manifest).toEqual(manifest);
  expect(parsed.assets[0]).toMatchObject({ digests: [], bytes: 100, chunkSize: 100 });
});
