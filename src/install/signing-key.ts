import { CompactSign } from "jose/jws/compact/sign";
import { P256, readPrivateKey } from "../private-key.js";

const EXPECTED =
  "privateKey: expected the private half of the distribution key (a PEM, -----BEGIN EC PRIVATE KEY----- or " +
  "-----BEGIN PRIVATE KEY-----, with an EC P-256 key)";

const CURVE = P256.slice(-10);
const ENCODER = new TextEncoder();

/**
 * The SEC1 key that `openssl ecparam -name prime256v1 -genkey` writes, wrapped into PKCS#8 (RFC 5915, RFC 5958): WebCrypto
 * reads only that. Both are DER as a binary string. `undefined` for anything that is not such a key on P-256.
 */
function wrapSec1(der: string): string | undefined {
  const isSec1 = der.startsWith("\x02\x01\x01\x04\x20", 2) && der === tagged("\x30", der.slice(2));
  if (!isSec1 || !der.includes(CURVE)) return undefined;
  return tagged("\x30", `\x02\x01\x00${tagged("\x30", P256)}${tagged("\x04", der)}`);
}

/** A DER value of less than 256 bytes: no key on this curve has more. */
function tagged(tag: string, content: string): string {
  const length = String.fromCharCode(content.length);
  return `${tag}${content.length < 128 ? "" : "\x81"}${length}${content}`;
}

/**
 * The distribution key, as SEC1 or PKCS#8 PEM, in every form in which API keys are accepted.
 *
 * @throws TypeError for anything else. The message shows nothing of it.
 */
export async function importSigningKey(privateKey: unknown): Promise<CryptoKey> {
  const pkcs8 = readPrivateKey(privateKey, { expected: EXPECTED, fromSec1: wrapSec1 });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  return crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]).catch(() => {
    throw new TypeError(`${EXPECTED}, got one that WebCrypto does not accept: the file is damaged`);
  });
}

/** Signs claims with ES256. Claims that are `undefined` are left out. */
export function signClaims(key: CryptoKey, claims: object, keyId?: string): Promise<string> {
  const header = { alg: "ES256", ...(keyId !== undefined && { kid: keyId }), typ: "JWT" };
  return new CompactSign(ENCODER.encode(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
}
