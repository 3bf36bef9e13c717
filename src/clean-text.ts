import { kindOf, optionError } from "./checks.js";

// White space, quotes, control characters, and invisible ones such as a byte order mark or a zero-width space.
const AROUND = /^[\s"'`“”‘’\p{Cc}\p{Cf}]+|[\s"'`“”‘’\p{Cc}\p{Cf}]+$/gu;

/**
 * The text without the quotes, white space and invisible characters that a shell, an editor, a secret store or a web page
 * has put around it.
 */
export function cleanText(text: string): string {
  return text.replace(AROUND, "");
}

/**
 * {@link cleanText} for an id. Also removes invisible characters inside of it, and a line end that was written as `\n`.
 * Returns `undefined` if the rest has something that no id has: white space, quotes, or characters outside ASCII.
 */
export function cleanId(text: string): string | undefined {
  const id = cleanText(text.replace(/\p{Cf}/gu, "").replace(/(?:\\[rn])+(?=["'`\s]*$)/, ""));
  return /^[!#-&(-_a-~]+$/.test(id) ? id : undefined;
}

/**
 * {@link cleanId} of an option or a variable.
 *
 * @throws TypeError for anything else. It does not show the value, which may be a key in the wrong place.
 */
export function checkCleanId(name: string, value: unknown, expected: string): string {
  if (typeof value !== "string" || value === "") throw optionError(name, expected, kindOf(value));
  const id = cleanId(value);
  if (id !== undefined) return id;
  const got = cleanText(value) === "" ? "a blank string" : "a text with characters that no id has";
  throw optionError(name, expected, looksLikeKey(value) ? "what looks like a private key" : got);
}

// A PEM, or base64 of one: no id or path is so long without a dot or a dash.
const LOOKS_LIKE_KEY = /PRIVATE KEY|\S\s*\n\s*\S|^[\w+/=]{150,}$/;

/** Whether a text that should be a path or an id is a private key instead. */
export function looksLikeKey(text: string): boolean {
  return LOOKS_LIKE_KEY.test(cleanText(text));
}
