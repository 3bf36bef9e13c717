import { createHash, verify, X509Certificate } from "node:crypto";
import { ContentInfo, SignedData } from "@peculiar/asn1-cms";
import { AsnConvert } from "@peculiar/asn1-schema";
import { parseBuffer } from "bplist-parser";
import { describe, expect, test } from "vitest";
import type { Fault, SignatureFault } from "../../../src/sandbox/index.js";
import { der } from "../../../src/sandbox/signing/der.js";
import { bytesOf } from "../fault-support.js";
import { published } from "../package-support.js";
import { NOON } from "../support.js";

const SIGNING_TIME = "1.2.840.113549.1.9.5";

/** What a signature says, and whether its leaf's key made it. */
function read(signature: Buffer | undefined) {
  const { content } = AsnConvert.parse(signature ?? Buffer.alloc(0), ContentInfo);
  const { certificates = [], signerInfos, encapContentInfo } = AsnConvert.parse(content, SignedData);
  const chain = [...certificates].flatMap(({ certificate }) =>
    certificate ? [new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)))] : [],
  );
  const named = (text: string) => {
    const found = chain.find(({ subject }) => subject.includes(text));
    if (!found) throw new Error(`no certificate of ${text}`);
    return found;
  };
  const [signer] = signerInfos;
  const attributes = der(
    0x31,
    ...(signer?.signedAttrs ?? []).map((each) => Buffer.from(AsnConvert.serialize(each))),
  );
  const leaf = named("Sandbox Package Signing");
  const time = signer?.signedAttrs?.find(({ attrType }) => attrType === SIGNING_TIME)?.attrValues[0];
  const [list] = parseBuffer(Buffer.from(encapContentInfo.eContent?.single?.buffer ?? new ArrayBuffer(0)));
  return {
    resources: list.resources as Record<string, { hash2: Buffer }>,
    signedAt: Buffer.from(time ?? new ArrayBuffer(0)).toString("latin1", 2),
    root: named("Sandbox Root CA"),
    isSigned:
      leaf.checkIssued(named("Sandbox Package CA")) &&
      verify(
        "sha384",
        attributes,
        leaf.publicKey,
        Buffer.from(signer?.signature.buffer ?? new ArrayBuffer(0)),
      ),
  };
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

describe.each(["encrypted", "unencrypted", "both"] as const)("with the digests %s", (digests) => {
  test("a signature has the digest of the manifest and of each file", async () => {
    const { sandbox, files, call, get, variantIds, deltaIds } = await published({
      variants: [100_000, 0],
      deltas: 1,
      chunkSize: 30_000,
      digests,
    });
    const { "manifest.json": manifest = Buffer.alloc(0), signature } = await files();
    const { resources, signedAt, root, isSigned } = read(signature);
    expect(isSigned).toBe(true);
    expect(root.fingerprint256).toBe(new X509Certificate(sandbox.trust).fingerprint256);
    expect(signedAt).toBe("250601120000Z");
    const expected: Record<string, { hash2: Buffer }> = { "manifest.json": { hash2: sha256(manifest) } };
    const add = async (kind: string, id: string) => {
      const type = `alternativeDistributionPackage${kind}s`;
      const { url } = (await call(`/v1/${type}/${id}`)).body.data.attributes;
      expected[`${kind.toLowerCase()}/${id}.ipa`] = { hash2: sha256(await bytesOf(await get(url))) };
    };
    for (const id of variantIds) await add("Variant", id);
    for (const id of deltaIds) await add("Delta", id);
    expect(resources).toEqual(expected);
  });
});

test("another sandbox with the same seed has the same root and the same zip, one with another seed has not", async () => {
  const zipOf = async (seed: number) => {
    const { sandbox, packageVersion, get } = await published({}, { seed });
    return { trust: sandbox.trust, zip: await bytesOf(await get((await packageVersion()).url)) };
  };
  const first = await zipOf(1);
  expect(await zipOf(1)).toEqual(first);
  const other = await zipOf(2);
  expect(other.trust).not.toBe(first.trust);
  expect(other.zip.equals(first.zip)).toBe(false);
});

test("a version is signed when Apple begins to build it", async () => {
  let now = NOON;
  const { sandbox, packageId, files } = await published({}, { now: () => now });
  now += 300_000;
  const { versionId } = sandbox.publishVersion(packageId);
  now += 300_000;
  expect(read((await files()).signature).signedAt).toBe("250601120000Z");
  expect(read((await files(versionId)).signature).signedAt).toBe("250601120500Z");
});

describe("a fault of the signature", () => {
  async function withFault(fault: Fault) {
    const set = await published();
    const placed = set.sandbox.faults.add(fault);
    const { "manifest.json": manifest = Buffer.alloc(0), signature } = await set.files();
    return { ...set, placed, manifest, signature };
  }

  test("missing: the zip holds the manifest alone", async () => {
    const { files, ...rest } = await withFault({ signature: "missing", times: 1 });
    expect(rest.signature).toBeUndefined();
    expect(Object.keys(await files())).toEqual(["manifest.json", "signature"]);
  });

  test("invalid: it was not made with the key of its certificate", async () => {
    const { signature } = await withFault({ signature: "invalid" });
    expect(read(signature).isSigned).toBe(false);
  });

  test("other-package: it is valid, and names another manifest and other files", async () => {
    const { signature, sandbox, manifest, variantIds } = await withFault({ signature: "other-package" });
    const { isSigned, root, resources } = read(signature);
    expect([isSigned, root.toString()]).toEqual([true, sandbox.trust]);
    expect(resources["manifest.json"]?.hash2.equals(sha256(manifest))).toBe(false);
    expect(Object.keys(resources)).not.toContain(`variant/${variantIds[0]}.ipa`);
  });

  test("untrusted: it leads to another root of the same name", async () => {
    const { signature, sandbox } = await withFault({ signature: "untrusted" });
    const { isSigned, root } = read(signature);
    const own = new X509Certificate(sandbox.trust);
    expect(isSigned).toBe(true);
    expect(root.subject).toBe(own.subject);
    expect(root.fingerprint256).not.toBe(own.fingerprint256);
  });

  test("applies only to requests for a package's zip, and gives the zip another ETag", async () => {
    const { sandbox, packageVersion, variant, get } = await published();
    const { url } = await packageVersion();
    const placed = sandbox.faults.add({ signature: "missing", after: 1, times: 1 });
    const asset = await variant();
    expect((await get(asset.url)).status).toBe(200);
    const first = await get(url);
    expect(placed.hits).toBe(0);
    const second = await get(url);
    expect(placed.hits).toBe(1);
    expect(second.headers.get("etag")).not.toBe(first.headers.get("etag"));
    const third = await get(url);
    expect(third.headers.get("etag")).toBe(first.headers.get("etag"));
    expect((await bytesOf(third)).equals(await bytesOf(first))).toBe(true);
  });

  test("is rejected for requests to the API, to which it cannot apply", async () => {
    const { sandbox } = await published();
    const operation = "alternativeDistributionPackages_getInstance";
    for (const target of [{ on: "api" as const }, { operation: operation as typeof operation }]) {
      expect(() => sandbox.faults.add({ signature: "missing", ...target })).toThrow(
        /^signature: expected neither/,
      );
    }
  });

  test("of another kind is rejected", async () => {
    const { sandbox } = await published();
    const signature = "expired" as SignatureFault;
    expect(() => sandbox.faults.add({ signature })).toThrow(
      'signature: expected "invalid" or "missing" or "other-package" or "untrusted", got "expired"',
    );
  });
});
