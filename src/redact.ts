const JWT = /\beyJ[\w-]*\.[\w-]+\.[\w-]*/g;
const BEARER = /\b(bearer\s+)\S+/gi;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const URL_QUERY = /(\bhttps?:(?:\\?\/){2}[^\s"'<>?\\]+(?:\\\/[^\s"'<>?\\]+)*\?)[^\s"'<>\\]*/gi;

/** The text without what must never be shown: tokens, private keys and the queries of (signed) URLs. */
export function redact(text: string): string {
  return text
    .replace(PRIVATE_KEY, "[private key]")
    .replace(JWT, "[token]")
    .replace(BEARER, "$1[token]")
    .replace(URL_QUERY, "$1…");
}

/** The text redacted, on one line and at most `length` characters long, for use in an error message. */
export function excerpt(text: string, length = 300): string {
  const line = redact(text.slice(0, length * 4))
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
