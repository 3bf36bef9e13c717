// Every quantifier is bounded, so that a body of a megabyte does not take seconds to search.
const JWT = /(?<![\w-])eyJ[\w-]{0,4096}\.[\w-]{1,4096}\.[\w-]{0,4096}/g;
const BEARER = /\b(bearer\s{1,8})[\w.~+/=-]{20,4096}/gi;
// Only with base64 after it, because the line alone, as in a sentence, is not a key.
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:\s|\\[nr]){0,8}[\w+/=]{8}[\s\S]*?(-----END [A-Z ]{0,40}-----|$)/g;
// Matches more than URLs, because a damaged body may contain only a part of a signed URL.
const QUERY = /\?[^\s"'<>\\]+/g;
const SECRET_PARAMETER =
  /((?:access_?key|signature|token|secret|policy|credential)[\w-]{0,64}=)[^\s"'<>&\\]+/gi;

/** The text without the `token` in use. Call it before the text is cut, because a part of the token would not be found. */
function withoutToken(text: string, token: string | undefined): string {
  // A very short token is not a secret, and replacing it would damage every word that contains it.
  return token && token.length >= 8 ? text.replaceAll(token, "[token]") : text;
}

/**
 * The text without secrets: private keys, the queries of (signed) URLs, and tokens, the `token` in use among them.
 */
export function redact(text: string, token?: string): string {
  return withoutToken(text, token)
    .replace(PRIVATE_KEY, "[private key]")
    .replace(JWT, "[token]")
    .replace(BEARER, "$1[token]")
    .replace(QUERY, "?…")
    .replace(SECRET_PARAMETER, "$1…");
}

/** The text without secrets, on one line and at most `length` characters long, for an error message. */
export function redactedLine(text: string, length = 300, token?: string): string {
  const line = redact(withoutToken(text, token).slice(0, length * 4))
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/**
 * The start of an unexpected body in quotes, without secrets. Everything that looks like a parameter loses its value,
 * because a signed URL in a damaged document may not look like a URL any more.
 */
export function redactedQuote(text: string, token?: string): string {
  const start = withoutToken(text, token)
    .slice(0, 2000)
    .replace(/=[^\s"'<>&\\]+/g, "=…");
  return `"${redactedLine(start, 200)}"`;
}

interface Resource {
  readonly attributes?: { readonly url?: string; readonly alternativeDistributionKeyBlob?: string };
}

/** A resource that can be printed: without its key blob and its signed URL, which is a secret until it expires. */
export function withoutSecrets<T extends Resource>(resource: T): T {
  if (!resource.attributes) return resource;
  const { url, alternativeDistributionKeyBlob, ...attributes } = resource.attributes;
  return { ...resource, attributes };
}
