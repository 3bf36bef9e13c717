import { CommanderError } from "commander";
import { redact } from "../redact.js";

/**
 * The parser's message without what a secret may have been typed into: it quotes unknown flags with their values,
 * and whatever stands where a command should.
 */
export function withoutValues(message: string): string {
  return message.replace(/'([^'=]{0,40})[^']*'/g, (quoted, start: string) =>
    quoted.length === start.length + 2 ? quoted : `'${start}…'`,
  );
}

/** What is said of an error: nothing secret. */
export function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return withoutValues(error.message).replace(/^error: /, "");
  return redact(error instanceof Error ? error.message : String(error));
}
