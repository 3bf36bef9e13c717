// Windows opens devices under these names, with any extension.
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$/i;

/**
 * Why it would be unsafe to create a relative path with `/` on one of the systems that we run on, or undefined if it is
 * safe. The rules of all systems apply on each of them, because a package has to be the same everywhere.
 */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(path)) return "contains a control character";
  if (path.includes("\\")) return "contains a backslash";
  if (path.startsWith("/")) return "is absolute";
  if (path.includes(":")) return "contains a colon";
  for (const segment of path.split("/")) {
    if (segment === "") return "contains an empty segment";
    if (segment === "." || segment === "..") return "leaves its folder";
    if (/[. ]$/.test(segment)) return "has a segment that ends in a dot or space";
    if (WINDOWS_DEVICE.test(segment.split(".")[0]?.trimEnd() ?? "")) return "is a reserved device name";
    if (Buffer.byteLength(segment) > 255) return "has a segment of more than 255 bytes";
  }
  return undefined;
}

/**
 * The same text for two names that some file system treats as one, because it ignores letter case or stores accents
 * in another form.
 */
export function clashKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
