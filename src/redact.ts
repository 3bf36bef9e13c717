const JWT = /\beyJ[\w-]*\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer\s+)\S+/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
// Broad on purpose: a damaged answer may hold half a signed URL.
const QUERY = /\?[^\s"'<>\\]+/g;
const SECRET_PARAMETER = /((?:access_?key|signature|token|secret|policy|credential)[\w-]*=)[^\s"'<>&\\]+/gi;

/** The text without what must never be shown: tokens, private keys and the queries of (signed) URLs. */
export function redact(text: string): string {
  return text
    .replace(PRIVATE_KEY, "[private key]")
    .replace(JWT, "[token]")
    .replace(BEARER, "$1[token]")
    .replace(QUERY, "?…")
    .replace(SECRET_PARAMETER, "$1…");
}

/** The text redacted, on one line and at most `length` characters long, for use in an error message. */
export function excerpt(text: string, length = 300): string {
  const line = redact(text.slice(0, length * 4))
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/**
 * The start of a body that is not what it should be, in quotes. Whatever looks like a parameter loses its value: a signed
 * URL in a damaged document need not look like a URL any more.
 */
export function quote(text: string): string {
  return `"${excerpt(text.slice(0, 2000).replace(/=[^\s"'<>&\\]+/g, "=…"), 200)}"`;
}
