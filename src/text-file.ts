import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { optionError } from "./checks.js";
import { cleanText, looksLikeKey } from "./clean-text.js";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable, cleaned; `undefined` if it is not set or blank. */
export function readVariable(env: Environment, name: string): string | undefined {
  return cleanText(env[name] ?? "") || undefined;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: " (permission denied)",
  EPERM: " (permission denied)",
  EISDIR: " (it is a folder)",
};

/**
 * A path, cleaned and with `~/` expanded. Shells expand `~/` only in some places: not in quotes, and
 * not in a file of variables.
 *
 * @param name the variable or option, for the message
 * @throws TypeError if it is a private key instead. The message does not show the key.
 */
export function cleanPath(path: string, name: string, env: Environment = process.env): string {
  if (looksLikeKey(path)) throw optionError(name, "a path", "what looks like the key itself");
  const home = env.HOME || env.USERPROFILE || homedir();
  return cleanText(path).replace(/^~(?=$|[/\\])/, () => home);
}

/**
 * The text of a file, which an editor may have saved with a byte order mark or as UTF-16.
 *
 * @param name the variable or option that has the path, for the message
 * @throws Error that names the variable and the path
 */
export async function readTextFile(path: string, name: string): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (cause) {
    const code = typeof cause === "object" && cause !== null && "code" in cause ? `${cause.code}` : "";
    throw new Error(`${name}: cannot read the file ${path}${PROBLEMS[code] ?? ""}`, { cause });
  }
}

/** UTF-8 or UTF-16, by the byte order mark or by where the zero bytes are, and without invisible characters at the start. */
function decodeText(bytes: Uint8Array): string {
  return decode(bytes).replace(/^\p{Cf}+/u, "");
}

function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isBigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const isLittleEndian = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  if (!isBigEndian && !isLittleEndian) return new TextDecoder().decode(bytes);
  const units = Uint8Array.from(bytes, (byte, index) => (isBigEndian ? (bytes[index ^ 1] ?? byte) : byte));
  return new TextDecoder("utf-16le").decode(units);
}
