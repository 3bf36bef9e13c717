import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyPackage } from "../../../src/ingest/index.js";
import { parseManifest } from "../../../src/ingest/package/parse-manifest.js";
import { readTrust } from "../../../src/ingest/package/signature/roots.js";
import { verifySignature } from "../../../src/ingest/package/signature/signature.js";
import { seededRandom } from "../../support/random.js";
import { thorough } from "../../support/thorough.js";
import { type ApplePackage, applePackages } from "../support/apple-packages.js";
import { temporaryFolder } from "../support/folders.js";

const roots = readTrust(undefined);

function check({ manifest, signature }: Pick<ApplePackage, "manifest" | "signature">, paths?: string[]) {
  return verifySignature({
    signature,
    manifest,
    paths: paths ?? parseManifest(manifest).assets.map(({ path }) => path),
    roots,
  });
}

/** A copy with one bit changed. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Where a text begins in the bytes, the last time if `last`. */
function find(bytes: Buffer, text: string | Buffer, last = false): number {
  const at = last ? bytes.lastIndexOf(text) : bytes.indexOf(text);
  expect(at).toBeGreaterThan(0);
  return at;
}

const messageDigest = Buffer.from("06092a864886f70d010904", "hex");

describe.skipIf(applePackages.length === 0)("Apple's packages (skipped without APPLE_PACKAGES)", () => {
  test.each(applePackages)("$name: the manifest is read and the signature is valid", (apple) => {
    const { assets, manifest } = parseManifest(apple.manifest);
    expect(assets.length).toBe(manifest.variants.length + (manifest.deltas?.length ?? 0));
    const { report, hashes } = check(apple);
    expect(report).toEqual({ valid: true, signedAt: expect.any(Date) });
    expect(hashes.size).toBe(assets.length + 1);
    // What is known of files of one chunk: both digests are of the whole file.
    for (const { path, digests, chunkSize, bytes } of assets) {
      if (digests.length === 1 && chunkSize === bytes) expect(hashes.get(path)).toBe(digests[0]);
    }
  });

  test.each(applePackages)("$name: each kind of change has its own reason", (apple) => {
    const { manifest, signature } = apple;
    const reasonOf = (changed: Partial<ApplePackage>, paths?: string[]) =>
      check({ ...apple, ...changed }, paths).report.reason;
    const paths = parseManifest(manifest).assets.map(({ path }) => path);
    expect(reasonOf({ manifest: flipped(manifest, manifest.length - 3) }, paths)).toBe("manifest");
    expect(reasonOf({ manifest: Buffer.from(`${manifest} `) })).toBe("manifest");
    expect(reasonOf({ signature: flipped(signature, signature.length - 2) })).toBe("signer");
    expect(reasonOf({ signature: flipped(signature, find(signature, "manifest.json")) })).toBe("content");
    expect(reasonOf({ signature: flipped(signature, find(signature, messageDigest) + 20) })).toBe("content");
    // The name appears in the certificate of the signer alone.
    expect(reasonOf({ signature: flipped(signature, find(signature, "PV Manifest")) })).toBe("chain");
    expect(reasonOf({ signature: flipped(signature, find(signature, "Apple Root CA")) })).toBe("root");
    expect(reasonOf({}, paths.slice(1))).toBe("resources");
    expect(reasonOf({}, [...paths, "variant/another.ipa"])).toBe("resources");
    expect(reasonOf({ signature: Buffer.concat([signature, Buffer.of(0)]) })).toBe("malformed");
    expect(reasonOf({ signature: signature.subarray(0, -1) })).toBe("malformed");
    expect(reasonOf({ signature: Buffer.alloc(0) })).toBe("malformed");
    const other = applePackages.find(({ name }) => name !== apple.name);
    if (other) expect(reasonOf({ signature: other.signature })).toBe("manifest");
  });

  test("under another root, none of them is valid", () => {
    for (const { manifest, signature } of applePackages) {
      const { assets } = parseManifest(manifest);
      const paths = assets.map(({ path }) => path);
      const { report } = verifySignature({ signature, manifest, paths, roots: new Set(["00"]) });
      expect(report).toMatchObject({ valid: false, reason: "root" });
    }
  });

  test("mutated signatures are invalid, whatever was changed", () => {
    const random = seededRandom(13);
    const smallest = [...applePackages].sort((a, b) => a.signature.length - b.signature.length)[0];
    if (!smallest) return;
    const paths = parseManifest(smallest.manifest).assets.map(({ path }) => path);
    for (let round = 0; round < (thorough ? 1000 : 100); round++) {
      const signature = Buffer.from(smallest.signature);
      const at = Math.floor(random() * signature.length);
      signature[at] = (signature[at] ?? 0) ^ (1 + Math.floor(random() * 255));
      const { report } = check({ ...smallest, signature }, paths);
      expect(report, `byte ${at}`).toMatchObject({ valid: false, reason: expect.any(String) });
    }
  });

  test("a folder with the two files of each is signed, and misses its assets", async () => {
    for (const { name, manifest, signature } of applePackages) {
      const directory = join(temporaryFolder(), name);
      mkdirSync(directory);
      writeFileSync(join(directory, "manifest.json"), manifest);
      writeFileSync(join(directory, "signature"), signature);
      const report = await verifyPackage(directory);
      expect(report).toMatchObject({ valid: false, added: [], corrupt: [], signature: { valid: true } });
      expect(report.missing.length).toBe(parseManifest(manifest).assets.length);
    }
  });
});
