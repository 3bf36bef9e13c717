import type { Command } from "commander";
import type { ApiKey } from "../auth.js";
import { credentialsFromEnv } from "../credentials.js";
import { UsageError } from "./usage-error.js";

/** The flags that say whose API key to use. */
export interface CredentialFlags {
  readonly keyId?: string;
  readonly issuerId?: string;
  readonly keyFile?: string;
}

const PREFIX = "APP_STORE_CONNECT_API_KEY_";

export const credentialsHelp = `API key, by these flags or fastlane's variables:
  ${PREFIX}KEY_ID, ${PREFIX}ISSUER_ID,
  ${PREFIX}KEY (the .p8's text) or ${PREFIX}KEY_FILEPATH,
  or ${PREFIX}PATH (as --key-file).
  The key itself is never a flag: every user of a machine can read its command lines.`;

export function addCredentialOptions(command: Command): Command {
  return command
    .option("--key-id <id>", "the API key's id")
    .option("--issuer-id <id>", "the issuer's id; none for an individual key")
    .option("--key-file <path>", "the key's .p8 file, or fastlane's JSON key file, which has the ids too");
}

// A PEM, or base64 of one: longer than any path without a dot or a dash.
const KEY_ITSELF = /PRIVATE KEY|\n|^[\w+/=]{150,}$/;

/** The flags over the variables. A JSON key file brings its own ids, so it is not mixed with those of variables. */
function environment({ keyId, issuerId, keyFile }: CredentialFlags): Record<string, string | undefined> {
  const env = { ...process.env };
  if (keyFile !== undefined) {
    const bare = keyFile.endsWith(".p8");
    for (const name of bare ? ["KEY", "KEY_FILEPATH"] : ["KEY", "KEY_FILEPATH", "KEY_ID", "ISSUER_ID"]) {
      delete env[PREFIX + name];
    }
    env[`${PREFIX}PATH`] = keyFile;
  }
  if (keyId !== undefined) env[`${PREFIX}KEY_ID`] = keyId;
  if (issuerId !== undefined) env[`${PREFIX}ISSUER_ID`] = issuerId;
  return env;
}

/** @throws UsageError if there is no key, or none that can be read. */
export async function readCredentials(flags: CredentialFlags): Promise<ApiKey> {
  if (flags.keyFile !== undefined && KEY_ITSELF.test(flags.keyFile)) {
    throw new UsageError(
      "--key-file: expected a path, got what looks like the key itself. " +
        "Others may have read it on the command line: revoke it, and give the next one as a file or a variable",
    );
  }
  try {
    return await credentialsFromEnv(environment(flags));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (flags.keyFile !== undefined) {
      throw new UsageError(message.replace(`${PREFIX}PATH: `, "--key-file: "), { cause: error });
    }
    throw new UsageError(`${message}; or give --key-id, --issuer-id and --key-file`, { cause: error });
  }
}
