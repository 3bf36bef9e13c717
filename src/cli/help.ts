import type { Command } from "commander";

/** Examples at the end of a command's `--help`. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

/** The option that all commands have; it is read before the others are parsed, see `run`. */
export function addJsonOption(command: Command): Command {
  return command.option("--json", "one JSON document on stdout, all else on stderr; errors as { error }");
}
