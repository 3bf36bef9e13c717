/**
 * The request is not signed by Apple: the header is missing or malformed, or none of the secrets gives this signature
 * for these bytes. Answer 401. The message shows neither the secret nor the expected signature.
 */
export class NotificationSignatureError extends Error {
  override readonly name = "NotificationSignatureError";
}

/**
 * The body is not a notification, although its signature is right: it is not JSON, it has no `data` object with `type` and
 * `id`, or a known type lacks a field that is needed to act on it. Answer 400. The message names the field.
 */
export class NotificationBodyError extends Error {
  override readonly name = "NotificationBodyError";
}
