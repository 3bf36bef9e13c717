import { kindOf, optionError, show } from "../checks.js";
import { parseUrl } from "../parse-url.js";

/** @throws TypeError unless the value is an Apple ID or version id as Apple writes them: digits, in a string. */
export function checkDigits(name: string, value: unknown, expected: string): string {
  if (typeof value === "string" && /^\d+$/.test(value)) return value;
  throw optionError(name, `${expected}: digits, as a string`, showId(value));
}

/** A wrong id for a message. Long texts and objects are not shown: they may be a key, or contain one. */
export function showId(value: unknown): string {
  if (typeof value === "string" && value.length > 40) return "a longer text";
  return typeof value === "object" ? kindOf(value) : show(value);
}

/** @throws TypeError unless the value is a string that is not blank. The value is not shown: it may be a secret. */
export function checkSecret(name: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw optionError(name, "a non-empty string", kindOf(value));
}

/**
 * The https URL, or a text that says what is wrong. That text does not contain the value, which may have a secret in it.
 */
export function parseHttpsUrl(value: unknown): URL | string {
  if (typeof value !== "string") return kindOf(value);
  const url = parseUrl(value);
  if (/[\s\\\p{C}]/u.test(value) || !url) return "a text that is not a URL";
  if (url.protocol !== "https:") return `a URL with ${url.protocol}`;
  // The URL standard accepts a wrong number of slashes; devices may not.
  if (!/^https:\/\/[^/]/i.test(value)) return "a text that is not a URL";
  return /^[^/]*\/\/[^/?#]*@/.test(value) ? "a URL with user or password" : url;
}

/** @throws TypeError unless the value is an https URL without user and password. It is returned unchanged. */
export function checkHttpsUrl(name: string, value: unknown): string {
  const url = parseHttpsUrl(value);
  if (typeof url === "string") throw optionError(name, "an https URL", url);
  return String(value);
}

/**
 * @throws TypeError unless the value is the https URL of a folder: no query, no fragment, and not the manifest in it. It is
 * returned unchanged.
 */
export function checkFolderUrl(name: string, value: unknown): string {
  const expected = "the https URL of a package's folder";
  const url = parseHttpsUrl(value);
  if (typeof url === "string") throw optionError(name, expected, url);
  const text = String(value);
  if (/[?#]/.test(text)) throw optionError(name, expected, "a URL with a query or a fragment");
  if (/\/manifest\.json\/?$/i.test(text)) throw optionError(name, expected, "the URL of its manifest.json");
  return text;
}
