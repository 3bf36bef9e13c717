import { cleanText } from "./clean-text.js";

const EXPECTED =
  "privateKey: expected the text of the .p8 file that App Store Connect gives (a PKCS#8 PEM, " +
  "-----BEGIN PRIVATE KEY-----, with an EC P-256 key)";

// The two object identifiers in the header of a PKCS#8 EC key: id-ecPublicKey, prime256v1 (RFC 5480).
const P256 = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const PEM = /-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----/;

function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s+/g, "");
  if (!/^[\w+/-]+={0,2}$/.test(compact)) return undefined;
  try {
    return atob(compact.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}

/**
 * The PKCS#8 key in the text of a .p8 file, also as environment variables often hold it: with literal `\n`, CRLF, spaces
 * instead of line ends, in quotes, or base64-encoded as a whole.
 *
 * @throws TypeError for anything else. The message shows nothing of it.
 */
export function readPrivateKey(text: unknown): ArrayBuffer {
  if (typeof text !== "string")
    throw new TypeError(`${EXPECTED}, got ${text === null ? "null" : typeof text}`);
  // A zero byte is what is left of UTF-16 that was read as if it were UTF-8.
  let pem = cleanText(text.replace(/\\r|\\n/g, "\n").replace(/[\p{Cf}\0]/gu, ""));
  if (pem === "") throw new TypeError(`${EXPECTED}, got an empty text`);
  if (!pem.includes("-----BEGIN")) {
    const decoded = decodeBase64(pem);
    if (decoded?.includes(P256)) return bytesOf(decoded);
    pem = (decoded ?? pem).replace(/\\r|\\n/g, "\n");
  }
  if (pem.includes("-----BEGIN EC PRIVATE KEY-----")) {
    throw new TypeError(`${EXPECTED}, got a SEC1 key: convert it with "openssl pkcs8 -topk8 -nocrypt"`);
  }
  const body = PEM.exec(pem)?.[1];
  if (body === undefined) {
    const hint = /\.(p8|pem)$/.test(pem) ? ": this looks like a path; give the file's content" : "";
    throw new TypeError(`${EXPECTED}, got a text without that frame${hint}`);
  }
  const der = decodeBase64(body);
  if (der === undefined)
    throw new TypeError(`${EXPECTED}, got that frame around something that is not base64`);
  if (!der.includes(P256)) throw new TypeError(`${EXPECTED}, got a key of another kind or a damaged one`);
  return bytesOf(der);
}

function bytesOf(binary: string): ArrayBuffer {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}
