import { type Command, Option } from "commander";
import type { Environment } from "../credentials.js";
import { readVariable } from "../text-file.js";
import { UsageError } from "./exit.js";
import { readFlagFile } from "./flag-file.js";

/** The flag of commands that check signatures. */
export interface TrustFlag {
  readonly trust?: string;
}

const VARIABLE = "ADP_TRUST";

export function addTrustOption(command: Command): Command {
  const description = `PEM file with the root certificates to trust in place of Apple's, for a sandbox (default: ${VARIABLE})`;
  return command.addOption(new Option("--trust <file>", description));
}

/**
 * The PEM of the flag's file, or of the variable, which holds a path or the PEM itself. Undefined if neither is given:
 * then Apple's root is trusted.
 *
 * @throws UsageError if the file cannot be read or has no certificate
 */
export async function readTrustFlag({ trust }: TrustFlag, env: Environment): Promise<string | undefined> {
  const name = trust === undefined ? VARIABLE : "--trust";
  const value = trust ?? readVariable(env, VARIABLE);
  if (value === undefined) return undefined;
  const isPem = trust === undefined && value.includes("-----BEGIN CERTIFICATE-----");
  const pem = isPem ? value.replaceAll("\\n", "\n") : await readFlagFile(name, value, env);
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
    throw new UsageError(`${name}: expected a PEM file with certificates, got another file`);
  }
  return pem;
}
