import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ApiKey } from "./auth.js";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = "APP_STORE_CONNECT_API_KEY_";

async function readText(path: string, variable: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`${variable}: cannot read the file ${path}`, { cause });
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** fastlane's JSON key file; `undefined` if the text is no JSON object. */
async function readKeyFile(text: string, path: string): Promise<Partial<ApiKey> | undefined> {
  const file = parseObject(text);
  if (!file) return undefined;
  const keyPath = textOf(file.key_filepath);
  const privateKey = textOf(file.key) ?? (keyPath && (await readText(keyPath, `key_filepath in ${path}`)));
  return {
    keyId: textOf(file.key_id),
    issuerId: textOf(file.issuer_id),
    privateKey,
    ...(typeof file.duration === "number" && { tokenLifetime: file.duration }),
  } as Partial<ApiKey>;
}

/**
 * An API key from the environment, under the names that fastlane has made the convention:
 *
 * - `APP_STORE_CONNECT_API_KEY_KEY_ID`, `APP_STORE_CONNECT_API_KEY_ISSUER_ID` (none for an individual key),
 *   and the .p8 in `APP_STORE_CONNECT_API_KEY_KEY` or, as a path, in `APP_STORE_CONNECT_API_KEY_KEY_FILEPATH`;
 * - or `APP_STORE_CONNECT_API_KEY_PATH`, the path of a JSON key file
 *   (`key_id`, `issuer_id`, `key` or `key_filepath`, `duration` in s) or of a bare `AuthKey_<key id>.p8`.
 *
 * A variable wins over the file. Relative paths are relative to the working directory. The result goes to `createClient`.
 *
 * @param env default `process.env`
 * @throws Error naming the variable that is missing or the file that cannot be read; nothing of the key is shown.
 * @see https://docs.fastlane.tools/app-store-connect-api/
 */
export async function credentialsFromEnv(env: Environment = process.env): Promise<ApiKey> {
  const read = (name: string) => textOf(env[PREFIX + name]);
  const path = read("PATH");
  const keyPath = read("KEY_FILEPATH");
  let file: Partial<ApiKey> = {};
  if (path !== undefined) {
    const text = await readText(path, `${PREFIX}PATH`);
    const keyId = /^AuthKey_(\w+)\.p8$/.exec(basename(path))?.[1];
    file = (await readKeyFile(text, path)) ?? { privateKey: text, ...(keyId !== undefined && { keyId }) };
  }
  const keyId = read("KEY_ID") ?? file.keyId;
  const issuerId = read("ISSUER_ID") ?? file.issuerId;
  const privateKey =
    read("KEY") ??
    (keyPath === undefined ? file.privateKey : await readText(keyPath, `${PREFIX}KEY_FILEPATH`));
  if (keyId === undefined) throw new Error(missing("KEY_ID", "key_id", path));
  if (privateKey === undefined) throw new Error(missing("KEY", "key", path));
  const { tokenLifetime } = file;
  return {
    keyId,
    privateKey,
    ...(issuerId !== undefined && { issuerId }),
    ...(tokenLifetime !== undefined && { tokenLifetime }),
  };
}

function missing(name: string, field: string, path: string | undefined): string {
  const where = path === undefined ? `, or ${PREFIX}PATH to a key file` : ` (${path} has no ${field})`;
  return `no API key: set ${PREFIX}${name}${name === "KEY" ? ` or ${PREFIX}KEY_FILEPATH` : ""}${where}`;
}
