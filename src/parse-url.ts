/**
 * `new URL`, with `undefined` for anything that is not a URL. Not `URL.canParse`: in Node 20 that refuses letters such as
 * "ü" once V8 has optimised its caller.
 */
export function parseUrl(text: unknown, base?: string | URL): URL | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
