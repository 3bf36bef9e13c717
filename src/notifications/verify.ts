import { NotificationSignatureError } from "./errors.js";
import type { NotificationEvent } from "./events.js";
import { readEvent } from "./read-event.js";
import { checkSignature, listSecrets, type NotificationSecret } from "./signature.js";

const encoder = new TextEncoder();

/** What {@link verifyNotification} needs of the request. */
export interface VerifyNotificationOptions {
  /** The body exactly as received, before any parser: bytes, or their text. */
  body: string | Uint8Array;
  /** The value of the `x-apple-signature` header; `null` or `undefined` when there is none. */
  signature: string | null | undefined;
  /** The secret given to Apple with the webhook; several while one replaces another. */
  secret: NotificationSecret;
}

/**
 * Checks that Apple signed this notification, and reads it.
 *
 * The signature covers the bytes as sent. A body that was parsed and serialized again, decoded leniently or
 * stripped of its byte order mark does not match any more, so pass it on untouched.
 *
 * @example
 * const event = await verifyNotification({ body, signature: headers.get("x-apple-signature"), secret });
 * if (event.change?.action === "ingest") await queue.add(event.change);
 *
 * @returns the event; switch on its `type`, or act on its `change`
 * @throws NotificationSignatureError when the header is missing or malformed, or does not match the bytes
 * @throws NotificationBodyError when the bytes are signed, but are no notification
 * @throws TypeError when the body is parsed already, or the secret is empty
 * @see https://developer.apple.com/documentation/appstoreconnectapi/configuring-webhook-notifications
 */
export async function verifyNotification(options: VerifyNotificationOptions): Promise<NotificationEvent> {
  const secrets = listSecrets(options.secret);
  const bytes = rawBytes(options.body);
  await checkSignature(bytes, options.signature, secrets);
  return readEvent(bytes);
}

function rawBytes(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return body as Uint8Array<ArrayBuffer>; // WebCrypto refuses shared memory itself
  if (typeof body !== "string") {
    throw new TypeError(
      '"body" must be the raw body, a string or a Uint8Array: the signature covers the bytes as sent, and a parsed body has lost them. Use express.raw() in express, new Uint8Array(await request.arrayBuffer()) elsewhere',
    );
  }
  if (/\p{Surrogate}/u.test(body)) {
    throw new NotificationSignatureError(
      "The body has half a surrogate pair: no bytes that Apple signs decode to it",
    );
  }
  return encoder.encode(body);
}
