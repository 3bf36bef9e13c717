import { NotificationSignatureError } from "./errors.js";

/** The header in which Apple sends the signature of the body. */
export const signatureHeader = "x-apple-signature";

const encoder = new TextEncoder();

/** One shared secret, or several while one replaces another: any of them may have signed. */
export type NotificationSecret = string | readonly string[];

/**
 * The secrets as a list.
 * @throws TypeError when there is none, or one is empty: an empty secret would let anybody sign.
 */
export function listSecrets(secret: NotificationSecret): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0) {
    throw new TypeError('"secret" must be the webhook\'s secret, or a non-empty array of secrets');
  }
  if (!secrets.every((each) => typeof each === "string" && each !== "")) {
    throw new TypeError('"secret" must not be empty: set the value given to Apple when the webhook was made');
  }
  return [...secrets];
}

/**
 * Checks that one of the secrets signed exactly these bytes. WebCrypto compares, in constant time.
 * @throws NotificationSignatureError
 */
export async function checkSignature(
  body: Uint8Array,
  header: string | null | undefined,
  secrets: readonly string[],
): Promise<void> {
  const digest = parseHeader(header);
  // Not in the signature: TypeScript before 5.7 has no generic Uint8Array, and Node's types alone no BufferSource.
  const bytes = body as Uint8Array<ArrayBuffer>;
  for (const secret of secrets) {
    const key = keys.get(secret) ?? (await importKey(secret));
    if (await crypto.subtle.verify("HMAC", key, digest, bytes)) return;
  }
  throw new NotificationSignatureError(
    `The ${signatureHeader} header does not match the body: it was signed with another secret, or the body is not the bytes that were sent`,
  );
}

function parseHeader(header: string | null | undefined): Uint8Array<ArrayBuffer> {
  if (header === null || header === undefined) {
    throw new NotificationSignatureError(`The ${signatureHeader} header is missing`);
  }
  const hex = /^\s*hmacsha256=([0-9a-f]{64})\s*$/i.exec(header)?.[1];
  if (hex === undefined) {
    throw new NotificationSignatureError(
      `The ${signatureHeader} header is not "hmacsha256=" and 64 hexadecimal digits`,
    );
  }
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index++) {
    digest[index] = (hexDigit(hex.charCodeAt(2 * index)) << 4) | hexDigit(hex.charCodeAt(2 * index + 1));
  }
  return digest;
}

/** The value of one character that is known to be a hexadecimal digit, in either case. */
function hexDigit(code: number): number {
  return (code & 0xf) + (code > 0x39 ? 9 : 0);
}

// Importing a key costs about half as much as checking a body. The keys are kept, not the promises of them: on
// Workers a promise must not be awaited by another request than its own.
const keys = new Map<string, CryptoKey>();
const keysKept = 16;

async function importKey(secret: string): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  if (keys.size >= keysKept) keys.clear();
  keys.set(secret, key);
  return key;
}
