import type { Command } from "commander";
import type { ApiKey } from "../auth.js";
import { cleanText, looksLikeKey } from "../clean-text.js";
import { type Client, createClient } from "../client.js";
import { credentialsFromEnv, type Environment } from "../credentials.js";
import { readKeyFile } from "../key-file.js";
import { cleanPath, readVariable } from "../text-file.js";
import type { Context } from "./context.js";
import { UsageError } from "./exit.js";
import { writeNote } from "./output.js";

/** The flags of every command that calls the API. */
export interface ConnectionFlags {
  readonly keyId?: string;
  readonly issuerId?: string;
  readonly keyFile?: string;
  readonly baseUrl?: string;
}

const PREFIX = "APP_STORE_CONNECT_API_KEY_";
const BASE_URL_VARIABLE = "ADP_BASE_URL";

const API_KEY_HELP = `The API key comes from these flags or from fastlane's variables:
  ${PREFIX}KEY_ID, ${PREFIX}ISSUER_ID,
  ${PREFIX}KEY (the text of the .p8 file) or ${PREFIX}KEY_FILEPATH,
  or ${PREFIX}PATH (like --key-file).
  ${PREFIX}DURATION is the lifetime of a token in seconds.
  The key itself is never a flag: every user of a machine can read its command lines.`;

export function addConnectionOptions(command: Command): Command {
  return command
    .optionsGroup("Connection:")
    .option("--key-id <id>", "id of the API key")
    .option("--issuer-id <id>", "id of the issuer; an individual key has none")
    .option("--key-file <path>", "the key's .p8 file, or fastlane's JSON key file, which includes the ids")
    .option(
      "--base-url <url>",
      `URL of the API, for a sandbox or a proxy (default: ${BASE_URL_VARIABLE}, or Apple's)`,
    )
    .addHelpText("after", `\n${API_KEY_HELP}`);
}

/**
 * The client for the flags. It reports every wait between two attempts to `note`, so that a wait does not look like a
 * hang.
 *
 * @throws UsageError without a usable API key
 */
export async function openClient(
  flags: ConnectionFlags,
  { host }: Context,
  note: (line: string) => void = (line) => void writeNote(line, host.stderr),
): Promise<Client> {
  return createClient({
    ...(await readApiKey(flags, host.env)),
    baseUrl: readBaseUrl(flags, host.env),
    onAttempt({ method, path, status, error, retryInMs = 0 }) {
      if (retryInMs < 1000) return;
      note(`${method} ${path}: ${status ?? error}, again in ${Math.ceil(retryInMs / 1000)} s`);
    },
  });
}

/** The URL of the API that the flag or the variable gives; `undefined` for Apple's. */
export function readBaseUrl({ baseUrl }: ConnectionFlags, env: Environment): string | undefined {
  return baseUrl === undefined ? readVariable(env, BASE_URL_VARIABLE) : cleanText(baseUrl);
}

/** @throws UsageError if there is no key, or it cannot be read */
async function readApiKey(flags: ConnectionFlags, env: Environment): Promise<ApiKey> {
  const { keyId, issuerId, keyFile } = flags;
  if (keyFile !== undefined && looksLikeKey(keyFile)) {
    throw new UsageError(
      "--key-file: expected a path, got what looks like the key itself. " +
        "Other users may have read it on the command line: revoke it, and give the next key as a file or a variable",
    );
  }
  try {
    return await credentialsFromEnv(await environmentFor(flags, env));
  } catch (error) {
    let message = error instanceof Error ? error.message : String(error);
    if (keyFile !== undefined) message = message.replace(`${PREFIX}PATH: `, "--key-file: ");
    else if (message.startsWith("no API key")) message += "; or give --key-id, --issuer-id and --key-file";
    if (keyId !== undefined) message = message.replace(`${PREFIX}KEY_ID: `, "--key-id: ");
    if (issuerId !== undefined) message = message.replace(`${PREFIX}ISSUER_ID: `, "--issuer-id: ");
    throw new UsageError(message, { cause: error });
  }
}

/** The environment with the flags in place of the variables. */
async function environmentFor(
  { keyId, issuerId, keyFile }: ConnectionFlags,
  env: Environment,
): Promise<Environment> {
  const result = { ...env };
  if (keyFile !== undefined) {
    const path = cleanPath(keyFile, "--key-file", env);
    const file = await readKeyFile(path, "--key-file", env);
    const replaced = ["KEY", "KEY_FILEPATH"];
    // A file that names its key's id has both ids, or is for an individual key: those from variables are for another key.
    if (file.isJson && file.keyId !== undefined) replaced.push("KEY_ID", "ISSUER_ID");
    for (const name of replaced) delete result[PREFIX + name];
    result[`${PREFIX}PATH`] = path;
  }
  if (keyId !== undefined) result[`${PREFIX}KEY_ID`] = keyId;
  if (issuerId !== undefined) result[`${PREFIX}ISSUER_ID`] = issuerId;
  return result;
}
