import type { Command } from "commander";
import type { Environment } from "../text-file.js";
import { UsageError } from "./exit.js";
import { readFlagFile } from "./flag-file.js";

/** The flag of commands that need the secret of a webhook. */
export interface SecretFlag {
  readonly secretFile?: string;
}

const VARIABLE = "ADP_WEBHOOK_SECRET";

export function addSecretOption(command: Command): Command {
  return command.option(
    "--secret-file <path>",
    `file with the webhook's secret (default: the variable ${VARIABLE}); the secret itself is never a flag`,
  );
}

/**
 * The secret of the flag's file, or of the variable. Line ends around it are removed, because editors and shells add them;
 * quotes and spaces can be part of a secret.
 *
 * @throws UsageError if there is none, or its file cannot be read
 */
export async function readSecret({ secretFile }: SecretFlag, env: Environment): Promise<string> {
  const text =
    secretFile === undefined ? (env[VARIABLE] ?? "") : await readFlagFile("--secret-file", secretFile, env);
  const secret = text.replace(/^[\r\n\p{Cf}]+|[\r\n\p{Cf}]+$/gu, "");
  if (secret !== "") return secret;
  throw new UsageError(
    secretFile === undefined
      ? `no webhook secret: set ${VARIABLE}, or give --secret-file`
      : `--secret-file: ${secretFile} is empty`,
  );
}
