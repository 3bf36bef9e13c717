import { stat } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import { cleanId } from "../clean-text.js";
import { LONGEST_TIMER } from "../clock.js";
import { parseUrl } from "../parse-url.js";
import { UsageError } from "./exit.js";

export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

/** Adds the option that all commands have. `run` reads it before the others are parsed. */
export function addJsonOption(command: Command): Command {
  return command.option("--json", "one JSON document on stdout, all else on stderr; errors as { error }");
}

/** The flag of commands whose resources have secrets. */
export interface SecretsFlag {
  readonly secrets?: true;
}

export function addSecretsOption(command: Command): Command {
  return command.option(
    "--secrets",
    "with --json: also signed URLs and key blobs, which must not get into a log",
  );
}

/** Parses an option's value. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    const bounds = high === Number.MAX_SAFE_INTEGER ? `${low} or more` : `from ${low} to ${high}`;
    throw new InvalidArgumentError(`Expected a whole number, ${bounds}.`);
  };
}

const LONGEST_SECONDS = Math.floor(LONGEST_TIMER / 1000);

export function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.001 && value <= LONGEST_SECONDS) return value;
  throw new InvalidArgumentError(`Expected seconds: a number from 0.001 to ${LONGEST_SECONDS}.`);
}

/** Parses an option's value, and removes what copying it may have added. */
export function id(text: string): string {
  const clean = cleanId(text);
  // The dots would change the path of the request.
  if (clean !== undefined && clean !== "." && clean !== "..") return clean;
  throw new InvalidArgumentError("Expected an id, without spaces.");
}

export function checkUrl(name: string, text: string): URL {
  const url = parseUrl(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`${name}: expected an http(s) URL, such as https://example.com/apple`);
}

export function checkEndpoint(name: string, text: string): void {
  const { username, password } = checkUrl(name, text);
  // fetch refuses them, and its error shows them.
  if (username || password) throw new UsageError(`${name}: expected a URL without user and password`);
}

export async function checkFolder(flag: string, path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isDirectory()) throw new UsageError(`${flag}: there is no folder ${path}`);
}
