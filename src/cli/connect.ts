import type { Command } from "commander";
import { type Client, createClient } from "../client.js";
import {
  addCredentialOptions,
  type CredentialFlags,
  credentialsHelp,
  readCredentials,
} from "./credentials.js";
import { writeNote } from "./output.js";

/** The flags of every command that asks the API. */
export interface ConnectionFlags extends CredentialFlags {
  readonly baseUrl?: string;
}

export function addConnectionOptions(command: Command): Command {
  command.optionsGroup("Connection:");
  return addCredentialOptions(command)
    .option("--base-url <url>", "where the API is: a sandbox or a proxy (default: Apple's)")
    .addHelpText("after", `\n${credentialsHelp}`);
}

/**
 * The client for the flags. `note` is told of waits between attempts, so that none looks like a hang.
 *
 * @throws UsageError without a usable API key
 */
export async function connect(
  flags: ConnectionFlags,
  note: (line: string) => void = (line) => void writeNote(line),
): Promise<Client> {
  return createClient({
    ...(await readCredentials(flags)),
    baseUrl: flags.baseUrl,
    onAttempt({ method, path, status, error, retryInMs = 0 }) {
      if (retryInMs < 1000) return;
      note(`${method} ${path}: ${status ?? error}, again in ${Math.ceil(retryInMs / 1000)} s`);
    },
  });
}
