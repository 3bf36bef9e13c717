import {
  CMSVersion,
  id_contentType,
  id_data,
  id_messageDigest,
  id_signedData,
  id_signingTime,
  MessageDigest,
  SignedData,
  type SignerIdentifier,
  type SignerInfo,
  SigningTime,
} from "@peculiar/asn1-cms";
import { AsnConvert, AsnProp, AsnPropTypes } from "@peculiar/asn1-schema";
import type { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";
import { MAX_SIGNATURE_BYTES } from "../limits.js";
import { checkDer, checkWritten, parseDer, readDer } from "./der.js";
import { refuse } from "./signature-report.js";

/** A signed message, read but not verified. */
export interface SignedMessage {
  /** What was signed. */
  readonly content: Uint8Array;
  /** The SHA-384 of the content, as the signer says. */
  readonly digest: Uint8Array;
  /** When it was signed, as the signer says. */
  readonly signedAt: Date;
  /** The bytes that the signer's key signed: the attributes that hold `digest` and `signedAt`. */
  readonly signedAttributes: Uint8Array;
  /** An ECDSA signature of these with SHA-384, in DER. */
  readonly signature: Uint8Array;
  /** Names the signer's certificate. */
  readonly signer: SignerIdentifier;
  readonly certificates: readonly Certificate[];
}

const SHA384 = "2.16.840.1.101.3.4.2.2";
const ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
const SET_TAG = 0x31;
/** The object identifier {@link id_data} in DER. */
const ID_DATA_BYTES = Buffer.from("06092a864886f70d010701", "hex");

// In a real signature they take 2.5 kB. The library needs about 500 bytes of memory for each of them.
const MAX_BYTES_BESIDE_CONTENT = 64 * 1024;
// A real signature has three: signer, intermediate and root.
const MAX_CERTIFICATES = 10;

/** The whole file. The library's own class for it leaves the content unread. */
class SignedFile {
  contentType = "";
  content = new SignedData();
}
// In place of decorators, which TypeScript and the runtimes do not agree on yet.
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(SignedFile.prototype, "contentType");
AsnProp({ type: SignedData, context: 0 })(SignedFile.prototype, "content");

function malformed(problem: string): never {
  refuse("malformed", `The signature ${problem}.`);
}

function readSignedFile(bytes: Uint8Array): { readonly data: SignedData; readonly content: Uint8Array } {
  if (bytes.length > MAX_SIGNATURE_BYTES) malformed(`is larger than ${MAX_SIGNATURE_BYTES} bytes`);
  if (bytes.length === 0) malformed("is empty");
  checkDer(bytes);
  const file = readDer(bytes, SignedFile, "file");
  if (file.contentType !== id_signedData) malformed("is not a signed message (CMS SignedData)");
  const { eContent, eContentType } = file.content.encapContentInfo;
  if (eContent?.single === undefined || eContentType !== id_data)
    malformed("has no content of the known kind");
  const content = new Uint8Array(eContent.single.buffer);
  if (bytes.length - content.length > MAX_BYTES_BESIDE_CONTENT) {
    malformed(`has more than ${MAX_BYTES_BESIDE_CONTENT} bytes beside its content`);
  }
  checkWritten(file, bytes, "file");
  return { data: file.content, content };
}

/** The one value of a signed attribute that must be there once. */
function onlyValue({ signedAttrs = [] }: SignerInfo, type: string, name: string): ArrayBuffer {
  const [attribute, another] = signedAttrs.filter(({ attrType }) => attrType === type);
  const [value, more] = attribute?.attrValues ?? [];
  // The library gives null for a value of type NULL, although its types do not say so.
  if (another || more !== undefined || !value) malformed(`does not have exactly one ${name}`);
  return value;
}

/** The attributes as the signer signed them: with the tag of a SET in place of the tag [0] that they have in the file. */
function signedAttributeBytes({ signedAttrs = [] }: SignerInfo): Uint8Array {
  const parts = signedAttrs.map((attribute) => new Uint8Array(AsnConvert.serialize(attribute)));
  const body = Buffer.concat(parts);
  const lengthBytes: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) lengthBytes.unshift(rest % 256);
  const header = body.length < 0x80 ? [body.length] : [0x80 + lengthBytes.length, ...lengthBytes];
  return Buffer.concat([Uint8Array.from([SET_TAG, ...header]), body]);
}

/** Checks the fields that no digest covers: each has only one value that is understood. */
function checkUnsignedFields({ version, digestAlgorithms }: SignedData, signer: SignerInfo): void {
  const expected = signer.sid.subjectKeyIdentifier ? CMSVersion.v3 : CMSVersion.v1;
  if (version !== expected || signer.version !== expected) malformed("has an unknown version");
  const algorithms = [...digestAlgorithms, signer.digestAlgorithm];
  const isSha384 = algorithms.length === 2 && algorithms.every((digest) => isAlgorithm(digest, SHA384));
  if (!isSha384) malformed("does not use SHA-384");
  if (!isAlgorithm(signer.signatureAlgorithm, ECDSA_WITH_SHA384))
    malformed("does not use ECDSA with SHA-384");
}

/** Whether an algorithm is this one. It has no parameters, which may be written as NULL. */
function isAlgorithm({ algorithm, parameters }: AlgorithmIdentifier, expected: string): boolean {
  return algorithm === expected && (parameters ?? null) === null;
}

/**
 * Reads a package's `signature`: one CMS SignedData in DER with one signer, SHA-384 and ECDSA. Nothing in it is verified
 * yet.
 *
 * @throws SignatureProblem with reason `malformed`
 */
export function readSignedMessage(bytes: Uint8Array): SignedMessage {
  const { data, content } = readSignedFile(bytes);
  const [signer, another] = data.signerInfos;
  if (!signer || another) malformed(`has ${data.signerInfos.length} signers, not one`);
  checkUnsignedFields(data, signer);
  const contentType = onlyValue(signer, id_contentType, "content type");
  if (!Buffer.from(contentType).equals(ID_DATA_BYTES)) malformed("has a wrong content type");
  const digest = parseDer(onlyValue(signer, id_messageDigest, "message digest"), MessageDigest, "digest");
  const signedAt = parseDer(onlyValue(signer, id_signingTime, "signing time"), SigningTime, "signing time");
  const certificates = (data.certificates ?? []).flatMap(({ certificate }) => certificate ?? []);
  if (certificates.length > MAX_CERTIFICATES) malformed(`has more than ${MAX_CERTIFICATES} certificates`);
  return {
    content,
    digest: new Uint8Array(digest.buffer),
    signedAt: signedAt.getTime(),
    signedAttributes: signedAttributeBytes(signer),
    signature: new Uint8Array(signer.signature.buffer),
    signer: signer.sid,
    certificates,
  };
}
