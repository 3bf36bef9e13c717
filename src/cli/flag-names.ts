import type { Command } from "commander";
import { cleanText } from "../clean-text.js";

/** Flags whose name is not that of the library's option. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  keyBlobs: "keyBlobFile",
  versionString: "appVersion",
};
/** Options that commands also take as their argument. */
const ARGUMENTS: ReadonlySet<string> = new Set(["place", "directory", "domain", "url", "type"]);

/**
 * A message with the flag or argument of the command in place of the library's option, with which it starts:
 * `keyBlobs: expected …` becomes `--key-blob-file: expected …`.
 */
export function withFlagName(message: string, command: Command): string {
  return message.replace(/^\w+(?=: expected )/, (option) => nameOf(option, command) ?? option);
}

function nameOf(option: string, command: Command): string | undefined {
  const name = OTHER_NAMES[option] ?? option;
  const flag = command.options.find((one) => one.attributeName() === name)?.long;
  if (flag && command.getOptionValue(name) !== undefined) return flag;
  if (name === "trust") return "ADP_TRUST";
  if (name === "prefix") return "s3://bucket/prefix";
  const [argument] = command.registeredArguments;
  return argument && ARGUMENTS.has(name) ? `<${argument.name()}>` : undefined;
}

/** Ends the command if a flag or argument is blank, as with a variable of the shell that is not set. */
export function checkNotBlank(command: Command): void {
  const isBlank = (value: unknown) => typeof value === "string" && cleanText(value) === "";
  const flag = command.options.find((one) => isBlank(command.getOptionValue(one.attributeName())))?.long;
  const argument = command.registeredArguments.find((_, index) => isBlank(command.args[index]));
  const name = flag ?? (argument && `<${argument.name()}>`);
  if (name) command.error(`error: ${name} is blank: is the variable for it set?`);
}
