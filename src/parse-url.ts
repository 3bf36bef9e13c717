/**
 * `new URL`, with `undefined` for text that is no URL. Not `URL.canParse`: in Node 20 that refuses letters such as "ü" once
 * V8 has optimised its caller.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
