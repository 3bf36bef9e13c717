import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { SignerIdentifier } from "@peculiar/asn1-cms";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  type Certificate,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { parseDer } from "./der.js";
import { refuse } from "./signature-report.js";

const SIGNATURE_HASHES: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
]);
const CURVES: readonly (string | undefined)[] = ["prime256v1", "secp384r1"];

function bytesOf(value: unknown): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}

/** The certificate's public key: ECDSA on P-256 or P-384. Undefined if it is another one or none. */
function publicKeyOf({ tbsCertificate }: Certificate): KeyObject | undefined {
  try {
    const key = createPublicKey({
      key: bytesOf(tbsCertificate.subjectPublicKeyInfo),
      format: "der",
      type: "spki",
    });
    const isKnown = key.asymmetricKeyType === "ec" && CURVES.includes(key.asymmetricKeyDetails?.namedCurve);
    return isKnown ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an ECDSA signature (DER) of the data was made with the certificate's key. */
export function isSignedBy(
  certificate: Certificate,
  data: Uint8Array,
  signature: Uint8Array,
  hash: string,
): boolean {
  const key = publicKeyOf(certificate);
  return key !== undefined && verify(hash, data, { key, dsaEncoding: "der" }, signature);
}

/** Whether `issuer` is named as the issuer of `certificate`. Proves nothing without {@link isIssuedBy}. */
export function namesIssuer(certificate: Certificate, issuer: Certificate): boolean {
  return bytesOf(certificate.tbsCertificate.issuer).equals(bytesOf(issuer.tbsCertificate.subject));
}

/** Whether `certificate` was signed with the key of `issuer`. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { tbsCertificate, signatureAlgorithm, signatureValue } = certificate;
  const hash = SIGNATURE_HASHES.get(signatureAlgorithm.algorithm);
  if (hash === undefined || !bytesOf(tbsCertificate.signature).equals(bytesOf(signatureAlgorithm)))
    return false;
  return isSignedBy(issuer, bytesOf(tbsCertificate), new Uint8Array(signatureValue), hash);
}

/** The value of an extension that the certificate has once. Undefined if it has none. */
function extensionOf({ tbsCertificate }: Certificate, id: string): OctetString | undefined {
  const [extension, another] = (tbsCertificate.extensions ?? []).filter(({ extnID }) => extnID === id);
  if (another) refuse("chain", `A certificate has the extension ${id} twice.`);
  return extension?.extnValue;
}

export function hasExtension(certificate: Certificate, id: string): boolean {
  return extensionOf(certificate, id) !== undefined;
}

/** The extensions that have to be understood before the certificate may be used. */
export function criticalExtensions({ tbsCertificate }: Certificate): string[] {
  return (tbsCertificate.extensions ?? []).filter(({ critical }) => critical).map(({ extnID }) => extnID);
}

export function isAllowed(certificate: Certificate, usage: "digitalSignature" | "keyCertSign"): boolean {
  const extension = extensionOf(certificate, id_ce_keyUsage);
  if (extension === undefined) return false;
  const flags = parseDer(extension.buffer, KeyUsage, "key usage").toNumber();
  return (flags & KeyUsageFlags[usage]) !== 0;
}

/** How many certificates may be between this one and the signer's. Undefined if it is not a CA. */
export function caPathLength(certificate: Certificate): number | undefined {
  const extension = extensionOf(certificate, id_ce_basicConstraints);
  if (extension === undefined) return undefined;
  const { cA, pathLenConstraint } = parseDer(extension.buffer, BasicConstraints, "basic constraints");
  return cA ? (pathLenConstraint ?? Number.POSITIVE_INFINITY) : undefined;
}

export function isValidAt({ tbsCertificate }: Certificate, time: Date): boolean {
  const { notBefore, notAfter } = tbsCertificate.validity;
  return notBefore.getTime() <= time && time <= notAfter.getTime();
}

export function isNamedBy(
  certificate: Certificate,
  { subjectKeyIdentifier, issuerAndSerialNumber }: SignerIdentifier,
): boolean {
  if (subjectKeyIdentifier) {
    const extension = extensionOf(certificate, id_ce_subjectKeyIdentifier);
    return (
      extension !== undefined &&
      bytesOf(new OctetString(subjectKeyIdentifier.buffer)).equals(Buffer.from(extension.buffer))
    );
  }
  const { issuer, serialNumber } = certificate.tbsCertificate;
  return (
    issuerAndSerialNumber !== undefined &&
    bytesOf(issuerAndSerialNumber.issuer).equals(bytesOf(issuer)) &&
    Buffer.from(issuerAndSerialNumber.serialNumber).equals(Buffer.from(serialNumber))
  );
}
