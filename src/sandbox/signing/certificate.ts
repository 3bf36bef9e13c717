import { createHash, createPublicKey } from "node:crypto";
import { type Curve, privateKeyOf } from "../keys.js";
import type { Random } from "../random.js";
import { bitString, der, integer, octetString, oid, sequence, setOf, time } from "./der.js";
import { type SigningKey, sign } from "./ecdsa.js";

interface CertificateName {
  readonly commonName: string;
  readonly organizationalUnit?: string | undefined;
  readonly organization?: string | undefined;
  /** Two letters. */
  readonly country?: string | undefined;
}

export interface CertificateContent {
  readonly name: CertificateName;
  readonly curve: Curve;
  readonly digest: "sha256" | "sha384" | "sha512";
  /** The start of its validity, in ms since 1970. */
  readonly notBefore: number;
  /** The end of its validity, in ms since 1970. */
  readonly notAfter: number;
  /** Whether it says that it may sign certificates. `undefined`: the extension is left out. */
  readonly ca: boolean | undefined;
  /** What its key may do. `undefined`: the extension is left out. */
  readonly keyUsage: "certificates" | "messages" | undefined;
  /** Object identifiers of extensions that name what Apple uses the certificate for. */
  readonly purposes: readonly string[];
}

export interface Certificate extends SigningKey {
  readonly name: CertificateName;
  readonly der: Buffer;
  readonly pem: string;
  /** The SHA-1 of the public key, as in its subjectKeyIdentifier. */
  readonly keyIdentifier: Buffer;
}

/** The names of ECDSA signatures, by their digest. */
export const ECDSA_WITH: Readonly<Record<CertificateContent["digest"], string>> = {
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
};

const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
};

/** Bits of the key usage extension, and how many bits of the byte are not used. */
const KEY_USAGE = {
  certificates: { bits: 0x06, unused: 1 },
  messages: { bits: 0x80, unused: 7 },
};

/**
 * Makes a certificate.
 * @param issuer The certificate whose key signs it. Without one, it signs itself.
 * @param random Key and serial number are drawn from it, by the certificate's role in the chain, `label`.
 */
export function createCertificate(
  content: CertificateContent,
  issuer: Certificate | undefined,
  { random, label }: { readonly random: Random; readonly label: string },
): Certificate {
  const { name, curve, digest } = content;
  const privateKey = privateKeyOf(random, label, curve);
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const keyIdentifier = createHash("sha1").update(pointOf(publicKey, curve)).digest();
  const serial = random.bytes(`serial ${label}`, 8);
  // Neither negative nor with a zero byte in front.
  serial.writeUInt8((serial.readUInt8() & 0x3f) | 0x40);
  const algorithm = sequence(oid(ECDSA_WITH[digest]));
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(serial),
    algorithm,
    nameBytes(issuer?.name ?? name),
    sequence(time(content.notBefore), time(content.notAfter)),
    nameBytes(name),
    publicKey,
    der(0xa3, sequence(...extensions(content, keyIdentifier, issuer))),
  );
  const signature = sign(digest, toBeSigned, issuer ?? { curve, privateKey });
  const bytes = sequence(toBeSigned, algorithm, bitString(signature));
  return { name, curve, der: bytes, pem: pemOf(bytes), privateKey, keyIdentifier };
}

/** The public point ends a SubjectPublicKeyInfo: one byte for its form, then two numbers. */
function pointOf(publicKey: Buffer, curve: Curve): Buffer {
  return publicKey.subarray(curve === "P-256" ? -65 : -97);
}

function extensions(
  { ca, keyUsage, purposes }: CertificateContent,
  keyIdentifier: Buffer,
  issuer: Certificate | undefined,
): readonly Buffer[] {
  const list: Buffer[] = [];
  if (ca !== undefined) {
    const flag = ca ? sequence(der(0x01, Buffer.from([0xff]))) : sequence();
    list.push(extension(EXTENSION.basicConstraints, flag, true));
  }
  if (issuer) {
    list.push(extension(EXTENSION.authorityKeyIdentifier, sequence(der(0x80, issuer.keyIdentifier))));
  }
  list.push(extension(EXTENSION.subjectKeyIdentifier, octetString(keyIdentifier)));
  if (keyUsage) {
    const { bits, unused } = KEY_USAGE[keyUsage];
    list.push(extension(EXTENSION.keyUsage, bitString(Buffer.from([bits]), unused), true));
  }
  for (const purpose of purposes) list.push(extension(purpose, der(0x05)));
  return list;
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, octetString(value));
}

function nameBytes({ commonName, organizationalUnit, organization, country }: CertificateName): Buffer {
  const parts: Buffer[] = [];
  const add = (id: string, value: string | undefined, tag = 0x0c) => {
    if (value !== undefined) parts.push(setOf(sequence(oid(id), der(tag, Buffer.from(value)))));
  };
  add("2.5.4.3", commonName);
  add("2.5.4.11", organizationalUnit);
  add("2.5.4.10", organization);
  // A country is the one part that is a PrintableString.
  add("2.5.4.6", country, 0x13);
  return sequence(...parts);
}

function pemOf(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
