import { kindOf } from "./checks.js";
import { cleanText } from "./clean-text.js";

const API_KEY = "privateKey: expected the text of the .p8 file of an API key (PKCS#8 PEM, EC P-256)";

// The two object identifiers in the header of a PKCS#8 EC key: id-ecPublicKey, prime256v1 (RFC 5480).
export const P256 = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
// A SEC1 key has EC in its first and last line.
const PEM = /-----BEGIN (EC )?PRIVATE KEY-----([^-]*)-----END \1PRIVATE KEY-----/;

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}

/** How a key that is not an API key is read. */
export interface PrivateKeyForm {
  /** What the error's message says was expected. */
  readonly expected: string;
  /** Turns the DER of a SEC1 key into PKCS#8; `undefined` for DER that is not such a key. */
  readonly fromSec1: (der: string) => string | undefined;
}

/**
 * The PKCS#8 key in the text of a .p8 file, also in the forms that environment variables often have: with literal `\n`,
 * CRLF, spaces instead of line ends, in quotes, or base64-encoded as a whole. A SEC1 key is read only if `form` is given.
 *
 * @throws TypeError for anything else. The message shows nothing of it.
 */
export function readPrivateKey(text: unknown, form?: PrivateKeyForm): ArrayBuffer {
  const refuse = (got: string) => new TypeError(`${form?.expected ?? API_KEY}, got ${got}`);
  if (typeof text !== "string") throw refuse(kindOf(text));
  const given = cleanPem(text);
  if (given === "") throw refuse("an empty text");
  // The base64 of a whole PEM, or what is between its first and its last line.
  const decoded = given.includes("-----BEGIN") ? undefined : decodeBase64(given);
  const pem = decoded === undefined ? given : cleanPem(decoded);
  const [, isSec1, content] = PEM.exec(pem) ?? [];
  if (isSec1 && !form) throw refuse('a SEC1 key: convert it with "openssl pkcs8 -topk8 -nocrypt"');
  const der = content === undefined ? decoded : decodeBase64(content);
  const key = der?.includes(P256) ? der : der && form?.fromSec1(der);
  if (key) return Uint8Array.from(key, (character) => character.charCodeAt(0)).buffer;
  if (content !== undefined) {
    throw refuse(
      der === undefined ? "a PEM whose content is not base64" : "a key of another kind or a damaged one",
    );
  }
  const kind = /ENCRYPTED|PUBLIC/.exec(pem)?.[0].toLowerCase();
  if (kind) throw refuse(`one that is ${kind}`);
  const hint = /\.(p8|pem)$/.test(pem) ? ": this looks like a path; give the file's content" : "";
  throw refuse(`no complete PEM${hint}`);
}

/** The text with real line ends, and without what editors and secret stores put around or into it. */
function cleanPem(text: string): string {
  // A zero byte is what is left of UTF-16 that was read as if it were UTF-8.
  return cleanText(text.replace(/\\+[rn]/g, "\n").replace(/[\p{Cf}\0]/gu, ""));
}
