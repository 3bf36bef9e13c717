import { optionError, show } from "../checks.js";

/** @throws TypeError unless the value is an Apple ID or version id as Apple writes them: digits, in a string. */
export function checkDigits(name: string, value: unknown, expected: string): string {
  if (typeof value === "string" && /^\d+$/.test(value)) return value;
  throw optionError(name, `${expected}: digits, as a string`, show(value));
}

/** The https URL in a text, `undefined` if it is none: white space, a user or a password are not accepted. */
export function parseHttpsUrl(value: unknown): URL | undefined {
  if (typeof value !== "string" || !/^https:\/\/[^\s\\]+$/i.test(value) || !URL.canParse(value))
    return undefined;
  const url = new URL(value);
  return url.username === "" && url.password === "" ? url : undefined;
}

/** @throws TypeError unless the value is an https URL without user and password. It is returned unchanged. */
export function checkHttpsUrl(name: string, value: unknown): string {
  if (parseHttpsUrl(value)) return String(value);
  throw optionError(name, "an https URL without user and password", show(value));
}

/**
 * @throws TypeError unless the value is the https URL of a folder: no query, no fragment, and not the manifest in it. It is
 * returned unchanged.
 */
export function checkFolderUrl(name: string, value: unknown): string {
  const url = parseHttpsUrl(value);
  if (url && !/[?#]|\/manifest\.json\/?$/i.test(String(value))) return String(value);
  throw optionError(
    name,
    "the https URL of a package's folder, without query and manifest.json",
    show(value),
  );
}
