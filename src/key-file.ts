import { basename } from "node:path";
import { checkNumber, kindOf, optionError } from "./checks.js";
import { checkCleanId, cleanText } from "./clean-text.js";
import { isObject, parseJson } from "./json.js";
import { findJsonFault } from "./json-position.js";
import { cleanPath, type Environment, readTextFile } from "./text-file.js";

/** What a key file says of an API key. */
export interface KeyFile {
  /** Whether it is fastlane's JSON, which has the ids, or the bare key. */
  readonly isJson: boolean;
  /** Where the private key was, for messages about it. */
  readonly source: string;
  readonly privateKey: string | undefined;
  readonly keyId: string | undefined;
  readonly issuerId: string | undefined;
  /** Seconds. */
  readonly tokenLifetime: number | undefined;
}

/**
 * Reads a key file: fastlane's JSON, or a bare .p8. Its content tells which, not its name.
 *
 * @param name the variable or option that has the path, for messages
 * @throws Error that names the variable or the file, and shows nothing of the key
 */
export async function readKeyFile(path: string, name: string, env: Environment): Promise<KeyFile> {
  const text = await readTextFile(path, name);
  if (cleanText(text) === "") throw new Error(`${name}: the file ${path} is empty`);
  if (isMeantAsJson(text, path)) return readJsonKeyFile(text, path, env);
  const keyId = /^AuthKey_(\w+)\.p8$/.exec(basename(path))?.[1];
  const none = { issuerId: undefined, tokenLifetime: undefined };
  return { isJson: false, source: path, privateKey: text, keyId, ...none };
}

function isMeantAsJson(text: string, path: string): boolean {
  return /^\s*[{[]/.test(text) || (/\.json$/i.test(path) && !text.includes("-----BEGIN"));
}

async function readJsonKeyFile(text: string, path: string, env: Environment): Promise<KeyFile> {
  const file = parseJsonFile(text, path);
  const read = (field: string): string | undefined => {
    const value = file[field] ?? "";
    if (typeof value !== "string") throw optionError(`${field} in ${path}`, "a text", kindOf(value));
    return cleanText(value) || undefined;
  };
  const readId = (field: string) => {
    const id = read(field);
    return id && checkCleanId(`${field} in ${path}`, id, "an id");
  };
  const keyPath = read("key_filepath");
  const name = `key_filepath in ${path}`;
  const privateKey = read("key") ?? (keyPath && (await readTextFile(cleanPath(keyPath, name, env), name)));
  return {
    isJson: true,
    source: read("key") === undefined ? name : `key in ${path}`,
    keyId: readId("key_id"),
    issuerId: readId("issuer_id"),
    privateKey,
    tokenLifetime: readDuration(file.duration, `duration in ${path}`),
  };
}

function parseJsonFile(text: string, path: string): Record<string, unknown> {
  const file = parseJson(text);
  if (isObject(file)) return file;
  const fault = findJsonFault(text);
  if (!fault) throw new Error(`${path} is JSON, but no object with key_id, issuer_id and key`);
  const comma = fault.isTrailingComma ? ": trailing comma" : "";
  throw new Error(`${path} is not valid JSON (line ${fault.line})${comma}`);
}

/**
 * A token's lifetime in s, as a number or its text; `undefined` for nothing.
 *
 * @throws TypeError unless it is a whole number from 1 to 1200
 */
export function readDuration(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length > 20) {
    throw optionError(name, "a whole number from 1 to 1200 (s)", "a longer text");
  }
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return checkNumber(name, number, { min: 1, max: 1200, unit: "s", whole: true });
}
