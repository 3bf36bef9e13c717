// Windows opens devices under these names, whatever extension follows.
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$/i;

/**
 * Why a relative path with `/` would be unsafe to create on some system we may run on, or undefined. The rules are
 * those of all systems together: a package has to be the same everywhere.
 */
export function pathFault(path: string): string | undefined {
  if (path === "") return "is empty";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return "holds a control character";
  if (path.includes("\\")) return "holds a backslash";
  if (path.startsWith("/")) return "is absolute";
  if (path.includes(":")) return "holds a colon";
  for (const segment of path.split("/")) {
    if (segment === "") return "holds an empty segment";
    if (segment === "." || segment === "..") return "leaves its folder";
    if (/[. ]$/.test(segment)) return "has a segment that ends in a dot or space";
    if (WINDOWS_DEVICE.test(segment.split(".")[0]?.trimEnd() ?? "")) return "is a reserved device name";
    if (Buffer.byteLength(segment) > 255) return "has a segment of more than 255 bytes";
  }
  return undefined;
}

/** What two names have in common that a file system may take for one (case, composed letters). */
export function clashKey(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * Why a manifest may not store an asset under this path, or undefined. Stricter than {@link pathFault}: assets are
 * served to devices under exactly these names, so they are `variant/<file>` or `delta/<file>`, in plain ASCII.
 */
export function assetPathFault(path: string, kind: "variant" | "delta"): string | undefined {
  const fault = pathFault(path);
  if (fault !== undefined) return fault;
  if (!path.startsWith(`${kind}/`)) return `is not in ${kind}/`;
  const name = path.slice(kind.length + 1);
  if (name.includes("/")) return `is not directly in ${kind}/`;
  if (name.startsWith(".")) return "names a hidden file";
  if (!/^[\x20-\x7e]+$/.test(name) || /[<>"|?*]/.test(name))
    return "holds a character that is not safe in a file name";
  return undefined;
}
