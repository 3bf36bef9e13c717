import { optionError, show } from "../../checks.js";
import { parseUrl } from "../../parse-url.js";
import { MANIFEST_FILE } from "../package/layout.js";

/** Whether a place is a URL of any kind, not the path of a folder. One letter is a drive of Windows. */
export function isUrl(place: string): boolean {
  return /^[a-z][a-z\d+.-]+:\/\//i.test(place);
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * The URL of the folder where a package is served, with a final `/`. The URL of its manifest is accepted too.
 *
 * @throws TypeError unless it is https (or http on this machine), without user name, query and fragment
 */
export function readPackageUrl(name: string, text: string): URL {
  const expected = "an https URL";
  const url = parseUrl(text);
  if (!url) throw optionError(name, expected, show(text));
  // Not shown: what is there may be a secret.
  if (url.username || url.password || url.search || url.hash) {
    throw optionError(name, "a URL without user name, query and fragment", "one that has them");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url)))
    throw optionError(name, expected, show(text));
  const suffix = `/${MANIFEST_FILE}`;
  if (url.pathname.endsWith(suffix)) url.pathname = url.pathname.slice(0, -MANIFEST_FILE.length);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

export function fileUrl(base: URL, path: string): URL {
  return new URL(path.split("/").map(encodeURIComponent).join("/"), base);
}
