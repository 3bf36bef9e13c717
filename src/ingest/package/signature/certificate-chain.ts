import { createHash } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { type Certificate, id_ce_basicConstraints, id_ce_keyUsage } from "@peculiar/asn1-x509";
import {
  caPathLength,
  criticalExtensions,
  hasExtension,
  isAllowed,
  isIssuedBy,
  isValidAt,
  namesIssuer,
} from "./certificates.js";
import { refuse } from "./signature-report.js";

/** The extension that Apple gives certificates that sign packages. */
const LEAF_PURPOSE = "1.2.840.113635.100.12.47";
/** The extension that Apple gives the certificate of "Apple System Integration CA 4". */
const INTERMEDIATE_PURPOSE = "1.2.840.113635.100.6.2.17";

// Those whose rules are checked here. A certificate that has another critical one says something that we do not know.
const KNOWN_CRITICAL: readonly string[] = [
  id_ce_basicConstraints,
  id_ce_keyUsage,
  LEAF_PURPOSE,
  INTERMEDIATE_PURPOSE,
];

/** The three certificates, from the signer's to the root. */
interface Chain {
  readonly leaf: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
}

function findIssuer(certificate: Certificate, all: readonly Certificate[], name: string): Certificate {
  const named = all.filter((candidate) => namesIssuer(certificate, candidate));
  if (named.length === 0) refuse("chain", `The issuer of the ${name} certificate is not in the signature.`);
  const issuer = named.find((candidate) => isIssuedBy(certificate, candidate));
  return issuer ?? refuse("chain", `The ${name} certificate was not signed by the issuer it names.`);
}

/** The SHA-256 of a certificate, in lower-case hex. */
function fingerprint(certificate: Certificate): string {
  return createHash("sha256")
    .update(new Uint8Array(AsnConvert.serialize(certificate)))
    .digest("hex");
}

function checkPurposes({ leaf, intermediate }: Chain): void {
  if (!hasExtension(leaf, LEAF_PURPOSE)) {
    refuse("purpose", "The signer's certificate is not one that Apple made to sign packages.");
  }
  if (!hasExtension(intermediate, INTERMEDIATE_PURPOSE)) {
    refuse("purpose", "The intermediate certificate is not one that Apple made for its services.");
  }
}

function checkUsage({ leaf, intermediate, root }: Chain): void {
  for (const certificate of [leaf, intermediate, root]) {
    const unknown = criticalExtensions(certificate).find((id) => !KNOWN_CRITICAL.includes(id));
    if (unknown !== undefined)
      refuse("chain", `A certificate has the unknown critical extension ${unknown}.`);
  }
  if (caPathLength(leaf) !== undefined || !isAllowed(leaf, "digitalSignature")) {
    refuse("chain", "The signer's certificate may not be used to sign messages.");
  }
  const isIntermediateCa = caPathLength(intermediate) !== undefined && isAllowed(intermediate, "keyCertSign");
  if (!isIntermediateCa)
    refuse("chain", "The intermediate certificate may not be used to sign certificates.");
  const isRootCa = (caPathLength(root) ?? 0) >= 1 && isAllowed(root, "keyCertSign");
  if (!isRootCa) refuse("chain", "The root certificate may not be used to sign the intermediate's.");
}

function checkValidity({ leaf, intermediate, root }: Chain, signedAt: Date): void {
  const names = [
    ["signer's", leaf] as const,
    ["intermediate", intermediate] as const,
    ["root", root] as const,
  ];
  for (const [name, certificate] of names) {
    if (isValidAt(certificate, signedAt)) continue;
    const { notBefore, notAfter } = certificate.tbsCertificate.validity;
    const [from, to, day] = [notBefore.getTime(), notAfter.getTime(), signedAt].map(dayOf);
    refuse("expired", `The ${name} certificate is valid from ${from} to ${to}, the signature is of ${day}.`);
  }
}

function dayOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? "an unreadable date" : date.toISOString().slice(0, 10);
}

interface ChainCheck {
  readonly leaf: Certificate;
  /** All certificates of the message. The order does not count. */
  readonly certificates: readonly Certificate[];
  readonly signedAt: Date;
  /** The SHA-256 of the accepted roots, in lower-case hex. */
  readonly roots: ReadonlySet<string>;
}

/**
 * Checks the chain signer ← intermediate ← root: its signatures, its root, what Apple made the certificates for, what
 * they may be used for, and whether they were valid when the message was signed. They may have expired since: packages
 * are used for longer.
 *
 * @throws SignatureProblem with reason `chain`, `root`, `purpose` or `expired`
 */
export function checkChain({ leaf, certificates, signedAt, roots }: ChainCheck): void {
  const intermediate = findIssuer(leaf, certificates, "signer's");
  const root = findIssuer(intermediate, certificates, "intermediate");
  const chain = { leaf, intermediate, root };
  if (!roots.has(fingerprint(root))) {
    const advice =
      "Apple's root is trusted, or the one given as trust (--trust, ADP_TRUST): sandbox.trust for the sandbox";
    refuse("root", `The chain of certificates ends at a root that is not trusted. ${advice}.`);
  }
  checkPurposes(chain);
  checkUsage(chain);
  checkValidity(chain, signedAt);
}
