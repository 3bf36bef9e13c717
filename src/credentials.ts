import type { ApiKey } from "./auth.js";
import { checkObject } from "./checks.js";
import { checkCleanId } from "./clean-text.js";
import { type KeyFile, readDuration, readKeyFile } from "./key-file.js";
import { readPrivateKey } from "./private-key.js";
import { cleanPath, type Environment, readTextFile, readVariable } from "./text-file.js";

export type { Environment } from "./text-file.js";

const PREFIX = "APP_STORE_CONNECT_API_KEY_";

/**
 * An API key from the environment, under the names that fastlane has made the convention:
 *
 * - `APP_STORE_CONNECT_API_KEY_KEY_ID`, `APP_STORE_CONNECT_API_KEY_ISSUER_ID` (none for an individual key),
 *   and the .p8 in `APP_STORE_CONNECT_API_KEY_KEY` or, as a path, in `APP_STORE_CONNECT_API_KEY_KEY_FILEPATH`;
 * - or `APP_STORE_CONNECT_API_KEY_PATH`, the path of a JSON key file
 *   (`key_id`, `issuer_id`, `key` or `key_filepath`, `duration` in s) or of a bare key file, whose id may be in its name:
 *   `AuthKey_<key id>.p8`;
 * - and `APP_STORE_CONNECT_API_KEY_DURATION`, the lifetime of a token in s, from 1 to 1200.
 *
 * A variable wins over the file. Quotes, white space and invisible characters around values are removed, `~/` is expanded,
 * and files may be UTF-8 or UTF-16. Relative paths are relative to the working directory. The result goes to
 * `createClient`.
 *
 * @param env default `process.env`
 * @throws Error naming the variable that is missing or wrong, or the file that cannot be read or is not valid JSON; nothing
 *   of the key is shown.
 * @see https://docs.fastlane.tools/app-store-connect-api/
 */
export async function credentialsFromEnv(env: Environment = process.env): Promise<ApiKey> {
  checkObject("env", env);
  const read = (name: string) => readVariable(env, PREFIX + name);
  const readPath = (name: string) => {
    const path = read(name);
    return path && cleanPath(path, PREFIX + name, env);
  };
  const readId = (name: string) => {
    const id = read(name);
    return id && checkCleanId(PREFIX + name, id, "an id");
  };
  const path = readPath("PATH");
  const file = path === undefined ? undefined : await readKeyFile(path, `${PREFIX}PATH`, env);
  const keyId = readId("KEY_ID") ?? file?.keyId;
  const issuerId = readId("ISSUER_ID") ?? file?.issuerId;
  const key = (await readKey(read("KEY"), readPath("KEY_FILEPATH"))) ?? file;
  const tokenLifetime = readDuration(read("DURATION"), `${PREFIX}DURATION`) ?? file?.tokenLifetime;
  if (keyId === undefined) throw new Error(missing("KEY_ID", "key_id", path));
  if (key?.privateKey === undefined) throw new Error(missing("KEY", "key", path));
  checkPrivateKey(key.privateKey, key.source);
  return {
    keyId,
    privateKey: key.privateKey,
    ...(issuerId !== undefined && { issuerId }),
    ...(tokenLifetime !== undefined && { tokenLifetime }),
  };
}

/** The private key in the two variables that are for it alone. */
async function readKey(
  text: string | undefined,
  path: string | undefined,
): Promise<Pick<KeyFile, "privateKey" | "source"> | undefined> {
  if (text !== undefined) return { privateKey: text, source: `${PREFIX}KEY` };
  if (path === undefined) return undefined;
  const name = `${PREFIX}KEY_FILEPATH`;
  const privateKey = await readTextFile(path, name);
  if (/^\s*\{/.test(privateKey)) {
    throw new Error(`${name}: ${path} is a JSON key file: set ${PREFIX}PATH to it instead`);
  }
  return { privateKey, source: path };
}

/** Checks the key here, because only here the error can name the variable or file that it came from. */
function checkPrivateKey(privateKey: string, source: string): void {
  try {
    readPrivateKey(privateKey);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(error.message.replace(/^privateKey/, source));
  }
}

function missing(name: string, field: string, path: string | undefined): string {
  const where = path === undefined ? `, or ${PREFIX}PATH to a key file` : ` (${path} has no ${field})`;
  return `no API key: set ${PREFIX}${name}${name === "KEY" ? ` or ${PREFIX}KEY_FILEPATH` : ""}${where}`;
}
