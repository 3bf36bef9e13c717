import { createRandom, type Random } from "../random.js";
import { type Certificate, type CertificateContent, createCertificate } from "./certificate.js";

/** The extension of a certificate that signs packages. */
const PACKAGE_SIGNING = "1.2.840.113635.100.12.47";
/** The extension of the certificate that issues those. */
const SYSTEM_INTEGRATION = "1.2.840.113635.100.6.2.17";

/** The three certificates of a package's signature, each signed by the one before. */
export interface CertificateChain {
  readonly root: Certificate;
  readonly intermediate: Certificate;
  readonly leaf: Certificate;
}

/** How a chain differs from one that is accepted. */
export interface ChainOptions {
  readonly root?: Partial<CertificateContent> | undefined;
  readonly intermediate?: Partial<CertificateContent> | undefined;
  readonly leaf?: Partial<CertificateContent> | undefined;
  /**
   * Keys and serial numbers are drawn from it.
   * @default others each time
   */
  readonly random?: Random | undefined;
}

/** The sandbox's clock can be set to any time, so its certificates are valid for all of UTCTime's range. */
const VALIDITY = { notBefore: Date.UTC(1970, 0), notAfter: Date.UTC(2049, 11, 31, 23, 59, 59) };

const SANDBOX = { organization: "Sandbox, not Apple", country: "US" };

/** Algorithms, key usage and purposes are those of Apple's certificates; the names are not. */
const CERTIFICATES: Readonly<Record<keyof CertificateChain, CertificateContent>> = {
  root: {
    ...VALIDITY,
    name: { ...SANDBOX, commonName: "Sandbox Root CA" },
    curve: "P-384",
    digest: "sha384",
    ca: true,
    keyUsage: "certificates",
    purposes: [],
  },
  intermediate: {
    ...VALIDITY,
    name: { ...SANDBOX, commonName: "Sandbox Package CA" },
    curve: "P-256",
    digest: "sha384",
    ca: true,
    keyUsage: "certificates",
    purposes: [SYSTEM_INTEGRATION],
  },
  leaf: {
    ...VALIDITY,
    name: { ...SANDBOX, commonName: "Sandbox Package Signing" },
    curve: "P-256",
    digest: "sha256",
    ca: false,
    keyUsage: "messages",
    purposes: [PACKAGE_SIGNING],
  },
};

/**
 * Makes a root, an intermediate and a leaf certificate of the kind that signs Apple's packages. A key of the options
 * replaces one of the certificate, also with `undefined`: `{ leaf: { keyUsage: undefined } }` leaves the key usage out.
 */
export function createChain(options: ChainOptions = {}): CertificateChain {
  const { random = createRandom() } = options;
  const make = (label: keyof CertificateChain, issuer?: Certificate) =>
    createCertificate({ ...CERTIFICATES[label], ...options[label] }, issuer, { random, label });
  const root = make("root");
  const intermediate = make("intermediate", root);
  return { root, intermediate, leaf: make("leaf", intermediate) };
}
