/**
 * The request does not carry Apple's signature: the header is missing or malformed, or no secret given
 * produces it for these bytes. Answer 401. Says neither the secret nor the digest that would have matched.
 */
export class NotificationSignatureError extends Error {
  override readonly name = "NotificationSignatureError";
}

/**
 * The signature holds, but the body is no notification: not JSON, no `data` object, no `type` or `id`, or a
 * known type without a field that is needed to act on it. Answer 400. The message names the field.
 */
export class NotificationBodyError extends Error {
  override readonly name = "NotificationBodyError";
}
