import { createHash, sign } from "node:crypto";
import {
  Attribute,
  CertificateChoices,
  CertificateSet,
  CMSVersion,
  ContentInfo,
  DigestAlgorithmIdentifiers,
  EncapsulatedContent,
  EncapsulatedContentInfo,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  SignedData,
  SignerIdentifier,
  SignerInfo,
  SignerInfos,
} from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  type Certificate,
  id_ce_subjectKeyIdentifier,
  SubjectKeyIdentifier,
  Time,
} from "@peculiar/asn1-x509";
import bplistCreator from "bplist-creator";
import { ECDSA, type Issued, makeChain, pemOf, type SigningChain } from "./certificates.js";
import type { ServedAsset } from "./package-server.js";

const SHA384 = "2.16.840.1.101.3.4.2.2";

/** Changes to the message that {@link signContent} makes. */
export interface MessageChanges {
  chain?: SigningChain;
  signedAt?: Date;
  certificates?: Certificate[];
  /** Called before the attributes are signed. */
  attributes?: (attributes: Attribute[]) => Attribute[];
  /** Called before the message is written. */
  data?: (data: SignedData) => unknown;
}

/** The chain with which packages of tests are signed. */
export const testChain = makeChain();

/** The PEM of the root of tests. */
export const trust = pemOf(testChain.root);

const certificateOf = ({ certificate }: Issued) => certificate;
const bytesOf = (value: unknown) => new Uint8Array(AsnConvert.serialize(value));

function attribute(attrType: string, value: ArrayBuffer): Attribute {
  return new Attribute({ attrType, attrValues: [value] });
}

/** A SET of attributes in DER: what the signer's key signs. */
function setOf(attributes: Attribute[]): Buffer {
  const body = Buffer.concat(attributes.map(bytesOf));
  const { length } = body;
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.of(0x31, ...lengthBytes), body]);
}

function signerOf({ leaf }: SigningChain, signedAttrs: Attribute[]): SignerInfo {
  const extensions = leaf.certificate.tbsCertificate.extensions ?? [];
  const keyId = extensions.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier)?.extnValue;
  if (!keyId) throw new Error("the certificate has no key identifier");
  return new SignerInfo({
    version: CMSVersion.v3,
    sid: new SignerIdentifier({ subjectKeyIdentifier: AsnConvert.parse(keyId.buffer, SubjectKeyIdentifier) }),
    digestAlgorithm: new AlgorithmIdentifier({ algorithm: SHA384 }),
    signedAttrs,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA.sha384 }),
    signature: new OctetString(sign("sha384", setOf(signedAttrs), leaf.key)),
  });
}

/** Signs any content as Apple signs its lists of files. */
export function signContent(content: Uint8Array, changes: MessageChanges = {}): Buffer {
  const { chain = testChain, signedAt = new Date("2026-03-01T12:00:00Z") } = changes;
  const digest = createHash("sha384").update(content).digest();
  const made = [
    attribute(id_contentType, new Uint8Array(Buffer.from("06092a864886f70d010701", "hex")).buffer),
    attribute(id_signingTime, AsnConvert.serialize(new Time(signedAt))),
    attribute(id_messageDigest, AsnConvert.serialize(new OctetString(digest))),
  ];
  const certificates =
    changes.certificates ?? [chain.root, chain.intermediate, chain.leaf].map(certificateOf);
  const data = new SignedData({
    version: CMSVersion.v3,
    digestAlgorithms: new DigestAlgorithmIdentifiers([new AlgorithmIdentifier({ algorithm: SHA384 })]),
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: id_data,
      eContent: new EncapsulatedContent({ single: new OctetString(content) }),
    }),
    certificates: new CertificateSet(
      certificates.map((certificate) => new CertificateChoices({ certificate })),
    ),
    signerInfos: new SignerInfos([signerOf(chain, changes.attributes?.(made) ?? made)]),
  });
  changes.data?.(data);
  const message = new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(data) });
  return Buffer.from(AsnConvert.serialize(message));
}

const sha256 = (content: string | Uint8Array) => createHash("sha256").update(content).digest();

/** The list of files that Apple signs. */
export function signedList(manifest: string | Uint8Array, assets: readonly ServedAsset[]) {
  const files = assets.map(
    ({ kind, id, content }) => [`${kind}/${id}.ipa`, { hash2: sha256(content) }] as const,
  );
  const resources: Record<string, { hash2: Buffer }> = Object.fromEntries(files);
  return { version: 1, resources: { "manifest.json": { hash2: sha256(manifest) }, ...resources } };
}

/** A package's signature. */
export function signatureOf(
  manifest: string | Uint8Array,
  assets: readonly ServedAsset[],
  changes: MessageChanges = {},
): Buffer {
  return signContent(bplistCreator(signedList(manifest, assets)), changes);
}
