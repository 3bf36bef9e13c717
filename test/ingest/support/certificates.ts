import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

const PURPOSE = { leaf: "1.2.840.113635.100.12.47", intermediate: "1.2.840.113635.100.6.2.17" };
export const ECDSA = { sha256: "1.2.840.10045.4.3.2", sha384: "1.2.840.10045.4.3.3" };
const NULL = Uint8Array.of(5, 0).buffer;

/** A certificate with its key. */
export interface Issued {
  certificate: Certificate;
  key: KeyObject;
}

/** What a certificate says. The defaults are Apple's. */
export interface CertificateOptions {
  name: string;
  issuer?: Issued;
  purpose?: string | undefined;
  isCa?: boolean;
  pathLength?: number | undefined;
  usage?: number;
  notBefore?: string;
  notAfter?: string;
  curve?: string;
  hash?: "sha256" | "sha384";
  critical?: string[];
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: "2.5.4.3", value })])]);
}

function extension(extnID: string, value: unknown, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

/** What {@link CertificateOptions} make of a certificate's extensions. */
function extensionsOf(options: CertificateOptions, keyId: Buffer): Extensions {
  const { isCa = false, purpose, pathLength, critical = [] } = options;
  const usage = options.usage ?? (isCa ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature);
  const limits = new BasicConstraints({
    cA: isCa,
    ...(pathLength !== undefined && { pathLenConstraint: pathLength }),
  });
  const empty = (extnID: string, isCritical: boolean) =>
    new Extension({ extnID, critical: isCritical, extnValue: new OctetString(NULL) });
  return new Extensions([
    extension(id_ce_basicConstraints, limits, true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId)),
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
    ...(purpose === undefined ? [] : [empty(purpose, false)]),
    ...critical.map((id) => empty(id, true)),
  ]);
}

/** Makes a certificate; without an issuer, it signs itself. */
export function issue(options: CertificateOptions): Issued {
  const { name, issuer, curve = "P-256", hash = "sha384" } = options;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha1").update(spki).digest();
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA[hash] });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    // The first byte says that the number is positive.
    serialNumber: Uint8Array.of(0x40, ...keyId.subarray(0, 7)).buffer,
    signature: algorithm,
    issuer: issuer?.certificate.tbsCertificate.subject ?? nameOf(name),
    validity: new Validity({
      notBefore: new Date(options.notBefore ?? "2014-01-01T00:00:00Z"),
      notAfter: new Date(options.notAfter ?? "2039-01-01T00:00:00Z"),
    }),
    subject: nameOf(name),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    extensions: extensionsOf(options, keyId),
  });
  const signature = sign(hash, Buffer.from(AsnConvert.serialize(tbsCertificate)), issuer?.key ?? privateKey);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: new Uint8Array(signature).buffer,
  });
  return { certificate, key: privateKey };
}

/** The three certificates of a chain. */
export interface SigningChain {
  leaf: Issued;
  intermediate: Issued;
  root: Issued;
}

/** Changes to the three certificates that {@link makeChain} makes. */
export type ChainChanges = Partial<Record<keyof SigningChain, Partial<CertificateOptions>>>;

/** A chain like Apple's, with Apple's names, under a root of its own. */
export function makeChain({ root, intermediate, leaf }: ChainChanges = {}): SigningChain {
  const top = issue({ name: "Apple Root CA - G3", isCa: true, curve: "P-384", ...root });
  const { intermediate: middlePurpose, leaf: leafPurpose } = PURPOSE;
  const middle = issue({
    ...{
      name: "Apple System Integration CA 4",
      issuer: top,
      isCa: true,
      pathLength: 0,
      purpose: middlePurpose,
    },
    ...intermediate,
  });
  const last = issue({
    ...{ name: "PV Manifest Signing Prod", issuer: middle, hash: "sha256", purpose: leafPurpose },
    ...leaf,
  });
  return { root: top, intermediate: middle, leaf: last };
}

/** The PEM of a certificate. */
export function pemOf({ certificate }: Issued): string {
  const base64 = Buffer.from(AsnConvert.serialize(certificate)).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
