import { checkObject, kindOf, optionError } from "../checks.js";
import { NotificationSignatureError } from "./errors.js";
import { type NotificationEvent, readEvent } from "./events.js";

/** The header in which Apple sends the signature of the body. */
export const SIGNATURE_HEADER = "x-apple-signature";

const ENCODER = new TextEncoder();

/** The secret given to Apple with the webhook, or several while you replace one: each of them is accepted. */
export type NotificationSecret = string | readonly string[];

/** What {@link verifyNotification} needs of the request. */
export interface VerifyNotificationOptions {
  /** The body exactly as received, before any parser: bytes, or their text. */
  readonly body: string | Uint8Array;
  /** The value of the `x-apple-signature` header; `null` or `undefined` if there is none. */
  readonly signature: string | null | undefined;
  /** The secret given to Apple with the webhook, or several while you replace one. */
  readonly secret: NotificationSecret;
}

/**
 * Checks that Apple signed this notification, and reads it.
 *
 * The signature covers the bytes as sent, so pass the body on unchanged: not parsed and serialized again, not decoded with
 * replacement characters, and with its byte order mark if it has one. The bytes are copied first: the buffer may be reused
 * as soon as this function has returned its promise.
 *
 * A signature does not expire: a recorded request can be sent again. Remember the ids of handled events, as
 * {@link createNotificationHandler} does.
 *
 * @example
 * const event = await verifyNotification({ body, signature: headers.get("x-apple-signature"), secret });
 * if (event.change?.action === "ingest") await queue.add(event.change);
 *
 * @returns the event; switch on its `type`, or act on its `change`
 * @throws NotificationSignatureError if the header is missing or malformed, or does not match the bytes
 * @throws NotificationBodyError if the bytes are signed, but are not a notification
 * @throws TypeError if the body is already parsed, or the secret is empty, or starts or ends with a line end or an invisible
 *   character
 * @see https://developer.apple.com/documentation/appstoreconnectapi/configuring-webhook-notifications
 */
export async function verifyNotification(options: VerifyNotificationOptions): Promise<NotificationEvent> {
  const secrets = checkSecrets(checkObject("options", options).secret);
  const bytes = copyBody(options.body);
  await checkSignature(bytes, options.signature, secrets);
  return readEvent(bytes);
}

// A form of App Store Connect cannot have put these into a secret: a file or a variable did. Quotes and spaces can be part
// of a secret.
const ADDED = /^[\r\n\p{Cf}]|[\r\n\p{Cf}]$/u;
const ADDED_BY_MISTAKE =
  "that starts or ends with a line end or an invisible character, as files and variables add them: remove it, " +
  "because every signature would be refused";

/**
 * The secrets as a list.
 *
 * @throws TypeError if there is none, or one is empty: with an empty secret, everybody could sign. Also if one starts or ends
 *   with characters that were added by mistake.
 */
export function checkSecrets(secret: NotificationSecret): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : secret;
  const expected = "the webhook's secret, or a list of secrets, none of them empty";
  if (!Array.isArray(secrets)) throw optionError("secret", expected, kindOf(secret));
  if (secrets.length === 0) throw optionError("secret", expected, "an empty list");
  for (const each of secrets) {
    if (typeof each !== "string" || each === "") throw optionError("secret", expected, kindOf(each));
    if (ADDED.test(each)) throw optionError("secret", expected, `one ${ADDED_BY_MISTAKE}`);
  }
  return [...secrets];
}

/** A copy: if the caller changes the buffer meanwhile, the bytes that are read are still those that were verified. */
function copyBody(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // Not instanceof: under jest, a Buffer is not an instance of the test's Uint8Array.
  if (Object.prototype.toString.call(body) === "[object Uint8Array]")
    return Uint8Array.from(body as Uint8Array);
  if (typeof body !== "string") {
    const expected =
      "the raw body as a string or Uint8Array, from express.raw() or new Uint8Array(await request.arrayBuffer())";
    const reason = "the signature covers the bytes as sent, and a parsed body has lost them";
    throw optionError("body", expected, `${kindOf(body)}: ${reason}`);
  }
  if (/\p{Surrogate}/u.test(body)) {
    throw new NotificationSignatureError("The body has an unpaired surrogate: no signed bytes decode to it");
  }
  return ENCODER.encode(body);
}

/** Checks that one of the secrets signed these bytes. WebCrypto compares the signatures in constant time. */
async function checkSignature(
  bytes: Uint8Array<ArrayBuffer>,
  header: string | null | undefined,
  secrets: readonly string[],
): Promise<void> {
  const signature = parseHeader(header);
  for (const secret of secrets) {
    const key = keys.get(secret) ?? (await importKey(secret));
    if (await crypto.subtle.verify("HMAC", key, signature, bytes)) return;
  }
  throw new NotificationSignatureError(
    `The ${SIGNATURE_HEADER} header does not match the body: it was signed with another secret, or the body was changed`,
  );
}

function parseHeader(header: string | null | undefined): Uint8Array<ArrayBuffer> {
  if (header === null || header === undefined) {
    throw new NotificationSignatureError(`The ${SIGNATURE_HEADER} header is missing`);
  }
  const hex = /^\s*hmacsha256=([0-9a-f]{64})\s*$/i.exec(header)?.[1];
  if (hex === undefined) {
    throw new NotificationSignatureError(
      `The ${SIGNATURE_HEADER} header is not "hmacsha256=" and 64 hexadecimal digits`,
    );
  }
  const signature = new Uint8Array(32);
  for (let index = 0; index < 32; index++) {
    signature[index] = (hexDigit(hex.charCodeAt(2 * index)) << 4) | hexDigit(hex.charCodeAt(2 * index + 1));
  }
  return signature;
}

/** The value of a hexadecimal digit in either case, given as its character code. */
function hexDigit(code: number): number {
  return (code & 0xf) + (code > 0x39 ? 9 : 0);
}

// Importing a key costs about half as much as verifying a body. The map holds keys, not promises: on Workers, a request
// must not await a promise of another request.
const keys = new Map<string, CryptoKey>();
const MAX_KEYS = 16;

async function importKey(secret: string): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", ENCODER.encode(secret), algorithm, false, ["verify"]);
  if (keys.size >= MAX_KEYS) keys.clear();
  keys.set(secret, key);
  return key;
}
