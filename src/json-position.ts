/** Where a text stops being JSON. */
export interface JsonFault {
  /** From 1. */
  readonly line: number;
  /** Whether the fault is a comma with nothing after it: in JavaScript allowed, in JSON not. */
  readonly isTrailingComma: boolean;
}

const WHITE_SPACE = /[ \t\n\r]*/y;
// Every character but quotes, backslashes and those up to U+001F, or an escape.
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.])/y;

/**
 * Finds the first place where a text is not valid JSON; `undefined` if all of it is. JSON.parse knows the place too, but its
 * messages quote the text, which may contain a private key, and differ between versions and runtimes.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  let isTrailingComma = false;

  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  }
  function take(character: string): boolean {
    skip(WHITE_SPACE);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  }
  function members(end: string, member: () => boolean): boolean {
    if (take(end)) return true;
    do {
      if (!member()) return false;
      if (take(end)) return true;
      const comma = at;
      if (!take(",")) return false;
      skip(WHITE_SPACE);
      if (text[at] === end) {
        at = comma;
        isTrailingComma = true;
        return false;
      }
    } while (at < text.length);
    return false;
  }
  function value(depth: number): boolean {
    if (depth > 100) return false;
    if (take("{")) {
      return members("}", () => {
        skip(WHITE_SPACE);
        return skip(STRING) && take(":") && value(depth + 1);
      });
    }
    if (take("[")) return members("]", () => value(depth + 1));
    skip(WHITE_SPACE);
    return skip(STRING) || skip(LITERAL);
  }

  const isValue = value(0);
  skip(WHITE_SPACE);
  if (isValue && at === text.length) return undefined;
  return { line: text.slice(0, at).split(/\r\n|\n|\r/).length, isTrailingComma };
}
