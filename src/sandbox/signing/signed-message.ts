import { createHash } from "node:crypto";
import { type Certificate, ECDSA_WITH } from "./certificate.js";
import type { CertificateChain } from "./certificate-chain.js";
import { der, integer, octetString, oid, sequence, setOf, time } from "./der.js";
import { sign } from "./ecdsa.js";
import { type Resources, resourceList } from "./resource-list.js";

export interface Signing {
  readonly chain: CertificateChain;
  /** Ms since 1970; written in seconds. */
  readonly signedAt: number;
  /**
   * The certificates in the message.
   * @default the three of the chain
   */
  readonly certificates?: readonly Certificate[] | undefined;
}

const DATA = "1.2.840.113549.1.7.1";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_TIME = "1.2.840.113549.1.9.5";
const SHA384 = "2.16.840.1.101.3.4.2.2";

/** A package's `signature` file: signs the digests of its files. */
export function signResources(resources: Resources, signing: Signing): Buffer {
  return signContent(resourceList(resources), signing);
}

/** Signs any content: a CMS SignedData in DER, built as Apple builds the `signature` of a package. */
export function signContent(content: Uint8Array, { chain, signedAt, certificates }: Signing): Buffer {
  const { root, intermediate, leaf } = chain;
  const embedded = (certificates ?? [root, intermediate, leaf]).map((certificate) => certificate.der);
  const digestAlgorithm = sequence(oid(SHA384));
  const attributes = setOf(
    attribute(CONTENT_TYPE, oid(DATA)),
    attribute(SIGNING_TIME, time(signedAt)),
    attribute(MESSAGE_DIGEST, octetString(createHash("sha384").update(content).digest())),
  );
  const signer = sequence(
    integer(3),
    der(0x80, leaf.keyIdentifier),
    digestAlgorithm,
    retagged(0xa0, attributes),
    sequence(oid(ECDSA_WITH.sha384)),
    // The attributes are signed as a SET, although the message has another tag for them.
    octetString(sign("sha384", attributes, leaf)),
  );
  const signedData = sequence(
    integer(3),
    setOf(digestAlgorithm),
    sequence(oid(DATA), der(0xa0, octetString(content))),
    retagged(0xa0, setOf(...embedded)),
    setOf(signer),
  );
  return sequence(oid(SIGNED_DATA), der(0xa0, signedData));
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), setOf(value));
}

/** The same value under an implicit tag. */
function retagged(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), value.subarray(1)]);
}
