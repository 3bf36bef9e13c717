import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { IngestError, ingestPackage } from "../../src/ingest/index.js";
import { parseManifest } from "../../src/ingest/package/manifest.js";
import { readPackageZip } from "../../src/ingest/package/zip.js";
import { failure } from "../support/client.js";
import { seededRandom } from "../support/random.js";
import { temporaryFolder } from "./support/folders.js";
import { delta, manifestOf, servePackage, variant } from "./support/package-server.js";
import { packageZip, type RawEntry, rawZip } from "./support/raw-zip.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];

/** Ingests a zip that must be refused, and gives the error after checking that nothing else happened. */
async function refusal(zip: Buffer): Promise<IngestError> {
  const server = await servePackage(assets);
  server.zip = zip;
  const folder = temporaryFolder();
  const error = await failure(
    ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") }),
  );
  if (!(error instanceof IngestError)) throw error;
  expect(server.downloads).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(error.message).not.toMatch(/\n|secret-/);
  expect(error.message.length).toBeLessThan(400);
  return error;
}

type Entry = Record<string, unknown>;
interface Loose {
  variants: Entry[];
  deltas: Entry[];
}

/** An honest manifest after a change. */
function changed(change: (manifest: Loose, first: Entry, hash: Entry) => void): unknown {
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
  [
    "null as a variant",
    changed((m) => m.variants.push(null as unknown as Entry)),
    /variants\[2\] is not an object/,
  ],
  ["traversal", changed((_, a) => (a.assetPath = "variant/../../evil")), /leaves its folder/],
  ["dot", changed((_, a) => (a.assetPath = "variant/.")), /leaves its folder/],
  ["absolute", changed((_, a) => (a.assetPath = "/etc/passwd")), /is absolute/],
  ["drive", changed((_, a) => (a.assetPath = "C:/x")), /holds a colon/],
  ["stream", changed((_, a) => (a.assetPath = "variant/a.ipa::$DATA")), /holds a colon/],
  ["backslash", changed((_, a) => (a.assetPath = "variant\\a")), /holds a backslash/],
  ["NUL", changed((_, a) => (a.assetPath = "variant/a\0.ipa")), /holds a control character/],
  ["newline", changed((_, a) => (a.assetPath = "variant/a\n.ipa")), /holds a control character/],
  ["device", changed((_, a) => (a.assetPath = "variant/NUL.ipa")), /is a reserved device name/],
  ["device in lower case", changed((_, a) => (a.assetPath = "variant/com1")), /is a reserved device name/],
  ["dot at the end", changed((_, a) => (a.assetPath = "variant/a.")), /ends in a dot or space/],
  ["hidden", changed((_, a) => (a.assetPath = "variant/.htaccess")), /names a hidden file/],
  ["the folder itself", changed((_, a) => (a.assetPath = "variant/")), /holds an empty segment/],
  ["the manifest", changed((_, a) => (a.assetPath = "manifest.json")), /is not in variant\//],
  ["the other kind", changed((_, a) => (a.assetPath = "delta/a.ipa")), /is not in variant\//],
  ["another case", changed((_, a) => (a.assetPath = "Variant/a.ipa")), /is not in variant\//],
  ["deeper", changed((_, a) => (a.assetPath = "variant/x/a.ipa")), /is not directly in variant\//],
  ["other letters", changed((_, a) => (a.assetPath = "variant/\u202egpj.ipa")), /not safe in a file name/],
  ["very long", changed((_, a) => (a.assetPath = `variant/${"x".repeat(5000)}`)), /more than 255 bytes/],
  ["no path", changed((_, a) => delete a.assetPath), /assetPath is not a string/],
  ["path twice", changed((m, a) => m.variants.push({ ...a, publicId: "z" })), /stands there twice/],
  [
    "path twice in another case",
    changed((m, a) => m.variants.push({ ...a, publicId: "z", assetPath: "variant/A.IPA" })),
    /stands there twice/,
  ],
  [
    "id twice",
    changed((m, a) => m.variants.push({ ...a, assetPath: "variant/z" })),
    /"a" stands there twice/,
  ],
  ["id that climbs", changed((_, a) => (a.publicId = "..")), /is no resource id/],
  ["id with a slash", changed((_, a) => (a.publicId = "a/b")), /is no resource id/],
  ["id as a number", changed((_, a) => (a.publicId = 5)), /is no resource id: 5/],
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
    /\[3\] is no/,
  ],
  ["no digests", changed((_, __, hash) => delete hash.encryptedChunkDigests), /Digests is not an array/],
  ["unknown algorithm", changed((_, __, hash) => (hash.algorithm = "sha3000")), /names no digest algorithm/],
  ["a weak algorithm", changed((_, __, hash) => (hash.algorithm = "md5")), /names no digest algorithm/],
  ["no hashes", changed((_, a) => ((a.variantDetails as Entry).hashes = [])), /names no digest algorithm/],
  ["no details", changed((_, a) => delete a.variantDetails), /variantDetails is not an object/],
  ["a million entries", { variants: Array(1_000_000).fill({}) }, /lists 1000000 assets/],
])("a manifest with %s is refused", async (_, manifest, message) => {
  const error = await refusal(packageZip(manifest));
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
  const server = await servePackage(assets, { manifest: { variants: [huge] } });
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
  });
  const parsed = parseManifest(Buffer.from(JSON.stringify(manifest)));
  expect(parsed.manifest).toEqual(manifest);
  expect(parsed.assets[0]?.digests).toEqual(
    parseManifest(Buffer.from(JSON.stringify(manifestOf(assets)))).assets[0]?.digests,
  );
});

const good: RawEntry[] = [
  { name: "manifest.json", content: JSON.stringify(manifestOf(assets)), deflate: true },
  { name: "signature", content: "s" },
];

test.each<[string, Buffer, RegExp]>([
  ["that is none", Buffer.from("<html>"), /damaged or hostile/],
  ["that is empty", Buffer.alloc(0), /damaged or hostile/],
  ["cut short", packageZip(manifestOf(assets)).subarray(0, -30), /damaged or hostile/],
  ["without a manifest", rawZip(good.slice(1)), /has no manifest.json/],
  ["without a signature", rawZip(good.slice(0, 1)), /has no signature/],
  ["with an empty signature", rawZip([good[0] as RawEntry, { name: "signature" }]), /has no signature/],
  ["with traversal", rawZip([...good, { name: "../evil" }]), /leaves its folder|invalid relative path/],
  ["with an absolute path", rawZip([...good, { name: "/evil" }]), /is absolute|absolute path/],
  ["with a backslash", rawZip([...good, { name: "a\\evil" }]), /backslash|invalid characters/],
  ["with NUL in a name", rawZip([...good, { name: "evil\0.txt" }]), /control character/],
  ["with a device", rawZip([...good, { name: "aux.txt" }]), /reserved device/],
  ["with a link", rawZip([...good, { name: "l", mode: 0o120777 }]), /symbolic link "l"/],
  ["with the manifest as a link", rawZip([{ ...(good[0] as RawEntry), mode: 0o120777 }]), /symbolic link/],
  ["with a pipe", rawZip([...good, { name: "p", mode: 0o010644 }]), /special file "p"/],
  [
    "with a name twice",
    rawZip([...good, { name: "signature", content: "t" }]),
    /two entries named "signature"/,
  ],
  ["with clashing case", rawZip([...good, { name: "SIGNATURE" }]), /two entries/],
  ["with clashing accents", rawZip([...good, ...["\u00e9", "e\u0301"].map(utf8Entry)]), /two entries/],
  ["with an encrypted entry", rawZip([{ ...(good[0] as RawEntry), flags: 1 }]), /encrypted/],
  [
    "with a size that lies low",
    rawZip([{ ...(good[0] as RawEntry), claimedSize: 10 }]),
    /damaged or hostile/,
  ],
  [
    "with a size that lies high",
    rawZip([{ ...(good[0] as RawEntry), claimedSize: 1e9 }]),
    /damaged or hostile/,
  ],
  ["with a wrong CRC", rawZip([{ ...(good[0] as RawEntry), crc: 1 }]), /wrong CRC/],
  [
    "with too many entries",
    rawZip(Array.from({ length: 1001 }, (_, i) => ({ name: `${i}` }))),
    /claims 1001 entries/,
  ],
  ["with an endless directory", rawZip(good, 3), /damaged or hostile/],
])("a zip %s is refused", async (_, zip, message) => {
  const error = await refusal(zip);
  expect(error.reason).toBe("package-zip");
  expect(error.message).toMatch(message);
});

function utf8Entry(name: string): RawEntry {
  return { name, flags: 0x800 };
}

test("harmless unknown entries are ignored", async () => {
  const more = ["META-INF/", "META-INF/x", "__MACOSX/._manifest.json", "read me.txt"].map((name) => ({
    name,
  }));
  const server = await servePackage(assets);
  server.zip = packageZip(manifestOf(assets), [...more, utf8Entry("überraschung")]);
  const directory = join(temporaryFolder(), "p");
  await ingestPackage(server.client, { versionId: "version", directory });
  expect(readdirSync(directory).sort()).toEqual(["delta", "manifest.json", "signature", "variant"]);
});

test("a bomb is refused as soon as it is too large, whatever its headers claim", async () => {
  const bomb = (claimedSize: number) => {
    const content = Buffer.alloc(100 * 1024 * 1024, " ");
    return rawZip([{ name: "manifest.json", content, deflate: true, claimedSize }, good[1] as RawEntry]);
  };
  for (const claimedSize of [100, 100 * 1024 * 1024]) {
    await expect(readPackageZip(bomb(claimedSize))).rejects.toMatchObject({ reason: "package-zip" });
  }
});

test("a zip that was damaged on the way is fetched again", async () => {
  const server = await servePackage(assets);
  const whole = packageZip(manifestOf(assets));
  const damaged = Buffer.from(whole);
  damaged[60] = (damaged[60] ?? 0) ^ 1;
  let sent = 0;
  server.onCdn = (_, response, { id }) => {
    if (id !== "zip" || sent++ > 0) return false;
    response.end(damaged);
    return true;
  };
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  expect(server.cdn.filter(({ id }) => id === "zip")).toHaveLength(2);
});

test("2,000 mutated zips and manifests give an IngestError or a package, nothing else", async () => {
  const random = seededRandom(5);
  const manifest = Buffer.from(JSON.stringify(manifestOf(assets)));
  const zip = packageZip(manifest);
  const outcomes = { refused: 0, taken: 0 };
  for (let round = 0; round < 2000; round++) {
    const mutated = Buffer.from(round % 2 ? zip : manifest);
    for (let change = 0; change <= round % 4; change++) {
      mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
    }
    const cut = random() < 0.1 ? mutated.subarray(0, Math.floor(random() * mutated.length)) : mutated;
    try {
      if (round % 2) parseManifest((await readPackageZip(cut)).manifest);
      else parseManifest(cut);
      outcomes.taken += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(IngestError);
      outcomes.refused += 1;
    }
  }
  expect(outcomes.refused).toBeGreaterThan(500);
  expect(outcomes.taken).toBeGreaterThan(20);
});
