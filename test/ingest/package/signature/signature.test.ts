import {
  Attribute,
  CertificateChoices,
  EncapsulatedContent,
  id_signingTime,
  OtherCertificateFormat,
  type SignedData,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import bplistCreator from "bplist-creator";
import { expect, test } from "vitest";
import { parseManifest } from "../../../../src/ingest/package/parse-manifest.js";
import { readTrust } from "../../../../src/ingest/package/signature/roots.js";
import { verifySignature } from "../../../../src/ingest/package/signature/signature.js";
import { thorough } from "../../../support/thorough.js";
import { type ChainChanges, issue, makeChain, pemOf, type SigningChain } from "../../support/certificates.js";
import { delta, manifestOf, variant } from "../../support/package-server.js";
import {
  type MessageChanges,
  signatureOf,
  signContent,
  signedList,
  testChain,
  trust,
} from "../../support/signing.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];
const manifest = Buffer.from(JSON.stringify(manifestOf(assets)));
const paths = parseManifest(manifest).assets.map(({ path }) => path);

function check(signature: Buffer, root = trust) {
  return verifySignature({ signature, manifest, paths, roots: readTrust(root) });
}

/** The reason for a signature that a changed chain made, under that chain's own root. */
function reasonUnder(changes: ChainChanges, more: MessageChanges = {}) {
  const chain = makeChain(changes);
  return check(signatureOf(manifest, assets, { chain, ...more }), pemOf(chain.root)).report.reason;
}

const certificatesOf = ({ root, intermediate, leaf }: SigningChain) =>
  [root, intermediate, leaf].map(({ certificate }) => certificate);

test("a signature is valid, and gives the hashes of all files", () => {
  const { report, hashes } = check(signatureOf(manifest, assets));
  expect(report).toEqual({ valid: true, signedAt: new Date("2026-03-01T12:00:00Z") });
  expect([...hashes.keys()].sort()).toEqual([
    "delta/d.ipa",
    "manifest.json",
    "variant/a.ipa",
    "variant/b.ipa",
  ]);
});

test("without `trust`, only Apple's root is accepted", () => {
  const signature = signatureOf(manifest, assets);
  const { report } = verifySignature({ signature, manifest, paths, roots: readTrust(undefined) });
  expect(report).toEqual({ valid: false, reason: "root", message: expect.stringContaining("not trusted") });
});

test.each<[string, ChainChanges]>([
  ["an intermediate without a path length", { intermediate: { pathLength: undefined } }],
  ["a certificate signed with SHA-256", { intermediate: { hash: "sha256" } }],
  ["a signer's key on P-384", { leaf: { curve: "P-384" } }],
  ["a signer's certificate that has expired since", { leaf: { notAfter: "2026-03-01T12:00:00Z" } }],
  ["other names", { root: { name: "R" }, intermediate: { name: "I" }, leaf: { name: "L" } }],
])("%s is fine", (_, changes) => {
  expect(reasonUnder(changes)).toBeUndefined();
});

test.each<[string, string, ChainChanges]>([
  ["purpose", "a signer's certificate without Apple's extension", { leaf: { purpose: undefined } }],
  ["purpose", "an intermediate without Apple's extension", { intermediate: { purpose: undefined } }],
  [
    "purpose",
    "a signer's certificate with the other extension",
    { leaf: { purpose: "1.2.840.113635.100.6.2.17" } },
  ],
  ["chain", "an intermediate that is not a CA", { intermediate: { isCa: false, pathLength: undefined } }],
  ["chain", "an intermediate that may not sign certificates", { intermediate: { usage: 1 } }],
  ["chain", "a root that is not a CA", { root: { isCa: false } }],
  ["chain", "a root that allows no intermediate", { root: { pathLength: 0 } }],
  ["chain", "a signer that is a CA", { leaf: { isCa: true, usage: 33 } }],
  ["chain", "a signer that may not sign", { leaf: { usage: 4 } }],
  ["chain", "an unknown critical extension", { leaf: { critical: ["1.2.3.4"] } }],
  ["chain", "a signer's key on another curve", { intermediate: { curve: "secp256k1" } }],
  ["expired", "a signer's certificate that had expired", { leaf: { notAfter: "2026-03-01T11:59:59Z" } }],
  ["expired", "a signer's certificate of later", { leaf: { notBefore: "2026-03-01T12:00:01Z" } }],
  ["expired", "an intermediate that had expired", { intermediate: { notAfter: "2025-01-01T00:00:00Z" } }],
  ["expired", "a root that had expired", { root: { notAfter: "2025-01-01T00:00:00Z" } }],
])("%s: %s", (reason, _, changes) => {
  expect(reasonUnder(changes)).toBe(reason);
});

test("a chain that is made with Apple's names is not Apple's", () => {
  const forged = makeChain();
  const signature = signatureOf(manifest, assets, { chain: forged });
  expect(check(signature).report.reason).toBe("root");
  // With the true root and intermediate beside it, or in place of its own.
  const [root, intermediate] = certificatesOf(testChain);
  if (!root || !intermediate) throw new Error("no chain");
  const [forgedRoot, forgedIntermediate, leaf] = certificatesOf(forged);
  if (!forgedRoot || !forgedIntermediate || !leaf) throw new Error("no chain");
  const withRoot = signatureOf(manifest, assets, {
    chain: forged,
    certificates: [root, forgedIntermediate, leaf],
  });
  expect(check(withRoot).report.reason).toBe("chain");
  const withBoth = signatureOf(manifest, assets, { chain: forged, certificates: [root, intermediate, leaf] });
  expect(check(withBoth).report.reason).toBe("chain");
  const withAll = [root, intermediate, forgedRoot, forgedIntermediate, leaf];
  expect(check(signatureOf(manifest, assets, { chain: forged, certificates: withAll })).report.reason).toBe(
    "root",
  );
});

test("certificates in any order, and others beside them, are fine", () => {
  const other = issue({ name: "Apple Root CA - G3", isCa: true });
  const certificates = [other.certificate, ...certificatesOf(testChain).reverse()];
  expect(check(signatureOf(manifest, assets, { certificates })).report.valid).toBe(true);
});

test("a certificate is missing, or there are too many", () => {
  const all = certificatesOf(testChain);
  const reasonWith = (certificates: Certificate[]) =>
    check(signatureOf(manifest, assets, { certificates })).report.reason;
  expect(reasonWith(all.slice(1))).toBe("chain");
  expect(reasonWith([all[0], all[2]].flatMap((certificate) => certificate ?? []))).toBe("chain");
  expect(reasonWith(all.slice(0, 2))).toBe("signer");
  expect(reasonWith([])).toBe("signer");
  expect(reasonWith(Array<Certificate>(11).fill(all[0] ?? new Certificate()))).toBe("malformed");
});

type Change = NonNullable<MessageChanges["data"]>;
const attributesOf = (change: (all: Attribute[]) => (Attribute | undefined)[]) => ({
  attributes: (all: Attribute[]) => change(all).flatMap((attribute) => attribute ?? []),
});
const dataOf = (data: Change) => ({ data });
const sha256 = new AlgorithmIdentifier({ algorithm: "2.16.840.1.101.3.4.2.1" });
const otherCert = AsnConvert.serialize(new OctetString(70_000));
const otherCertificate = new OtherCertificateFormat({ otherCertFormat: "1.2.3", otherCert });
const noTime = new Attribute({
  attrType: id_signingTime,
  attrValues: [AsnConvert.serialize(new OctetString(5))],
});
const otherContent = new EncapsulatedContent({ single: new OctetString(5) });

test.each<[string, string, MessageChanges]>([
  ["malformed", "two signers", dataOf(({ signerInfos }) => signerInfos.push(...signerInfos))],
  ["malformed", "no signer", dataOf(({ signerInfos }) => signerInfos.splice(0))],
  ["malformed", "no content", dataOf((data) => delete data.encapContentInfo.eContent)],
  [
    "malformed",
    "another content type",
    dataOf((data) => Object.assign(data.encapContentInfo, { eContentType: "1.2.3" })),
  ],
  ["malformed", "another digest", dataOf((data) => data.digestAlgorithms.splice(0, 1, sha256))],
  ["malformed", "no digest", attributesOf((all) => all.slice(0, 2))],
  ["malformed", "no time", attributesOf(([type, , digest]) => [type, digest])],
  ["malformed", "a digest twice", attributesOf((all) => [...all, all[2]])],
  ["malformed", "a time of another form", attributesOf(([type, , digest]) => [type, noTime, digest])],
  [
    "malformed",
    "64 kB beside the content",
    dataOf(({ certificates }) => certificates?.push(new CertificateChoices({ other: otherCertificate }))),
  ],
  [
    "signer",
    "another signature",
    dataOf(({ signerInfos: [signer] }) => Object.assign(signer ?? {}, { signature: new OctetString(70) })),
  ],
  [
    "content",
    "another content",
    dataOf((data) => Object.assign(data.encapContentInfo, { eContent: otherContent })),
  ],
])("%s: %s", (reason, _, changes) => {
  expect(check(signatureOf(manifest, assets, changes)).report.reason).toBe(reason);
});

test("attributes that are not known are fine, if they are signed", () => {
  const more = new Attribute({
    attrType: "1.2.3.4",
    attrValues: [AsnConvert.serialize(new OctetString(50))],
  });
  const attributes = (all: Attribute[]) => [...all, more];
  expect(check(signatureOf(manifest, assets, { attributes })).report.valid).toBe(true);
  const data = ({ signerInfos: [signer] }: SignedData) => void signer?.signedAttrs?.push(more);
  expect(check(signatureOf(manifest, assets, { data })).report.reason).toBe("signer");
});

test("one file too many, one too few, another manifest and no manifest have their own reasons", () => {
  expect(check(signatureOf(manifest, assets.slice(1))).report.reason).toBe("resources");
  expect(check(signatureOf(manifest, [...assets, variant("z", 10)])).report.reason).toBe("resources");
  expect(check(signatureOf(`${manifest} `, assets)).report.reason).toBe("manifest");
  const signature = signatureOf(manifest, assets);
  const base = { signature, manifest, paths, roots: readTrust(trust) };
  expect(verifySignature({ ...base, manifest: undefined }).report.reason).toBe("manifest");
  expect(verifySignature({ ...base, paths: undefined }).report.reason).toBe("manifest");
  expect(verifySignature({ ...base, signature: undefined }).report.reason).toBe("missing");
  const { resources } = signedList(manifest, assets);
  const { "manifest.json": _, ...rest } = resources;
  expect(check(signContent(bplistCreator({ version: 1, resources: rest }))).report.reason).toBe("resources");
});

test("a hostile list that is signed under `trust` is harmless", () => {
  // Sixteen lists that refer to each other: copied, they take all memory.
  const objects = Array.from({ length: 16 }, (_, index) =>
    Buffer.of(0xaf, 0x10, 5, ...Array(5).fill(index + 1)),
  );
  const table = Buffer.from(objects.map((_, index) => 8 + index * 8));
  const trailer = Buffer.alloc(32);
  trailer.set([1, 1], 6);
  trailer[15] = 16;
  trailer[31] = 8 + 16 * 8;
  const shared = Buffer.concat([Buffer.from("bplist00"), ...objects, table, trailer]);
  for (const content of [shared, Buffer.alloc(0), Buffer.from("text"), Buffer.alloc(1_000_000, "bplist00")]) {
    expect(check(signContent(content)).report).toMatchObject({ valid: false, reason: "malformed" });
  }
});

test("content that looks like a great many elements of DER is harmless, and more than 16 MiB is refused unread", () => {
  const bytes = 2 * (thorough ? 1_000_000 : 100_000);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  const content = Buffer.concat([
    Buffer.of(0x30, 0x83),
    length.subarray(1),
    Buffer.alloc(bytes, Buffer.of(5, 0)),
  ]);
  expect(check(signContent(content)).report.reason).toBe("malformed");
  const large = check(Buffer.alloc(16 * 1024 * 1024 + 1, 0x30)).report;
  expect(large).toEqual({
    valid: false,
    reason: "malformed",
    message: expect.stringContaining("larger than"),
  });
});

test("`trust` takes several roots, in one text or a list, and refuses what is not PEM", () => {
  const other = pemOf(makeChain().root);
  const signature = signatureOf(manifest, assets);
  for (const roots of [[other, trust], `text\n${other}\n${trust}`]) {
    expect(verifySignature({ signature, manifest, paths, roots: readTrust(roots) }).report.valid).toBe(true);
  }
  expect(() => readTrust("/path")).toThrow("trust: expected one or more certificates in PEM, got string");
  expect(() => readTrust([])).toThrow("got an empty list");
  const damaged = trust.replace(/\n[\w+/]{20}/, "\nAAAA");
  expect(() => readTrust(damaged)).toThrow("got one that cannot be read");
});
