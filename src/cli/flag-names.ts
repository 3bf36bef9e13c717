import type { Command } from "commander";
import { cleanText } from "../clean-text.js";

const VARIABLES: Readonly<Record<string, string>> = { trust: "ADP_TRUST", baseUrl: "ADP_BASE_URL" };
/** Options that commands take as their argument. */
const ARGUMENTS: ReadonlySet<string> = new Set(["place", "directory", "url", "type"]);

/** The message with the command's flag or argument in place of the library's option, which it starts with. */
export function withFlagName(message: string, command: Command): string {
  return message
    .replace(/^\w+(?=: expected )/, (option) => nameOf(option, command) ?? option)
    .replace("keyId, issuerId", "its id, the issuer's id");
}

function nameOf(option: string, command: Command): string | undefined {
  const name = option === "keyBlobs" ? "keyBlobFile" : option;
  const flag = command.options.find((one) => one.attributeName() === name)?.long;
  if (flag && command.getOptionValue(name) !== undefined) return flag;
  const [argument] = command.registeredArguments;
  return argument && ARGUMENTS.has(name) ? `<${argument.name()}>` : VARIABLES[name];
}

/** Ends the command if a flag or argument is blank, which an unset variable makes it. */
export function checkNotBlank(command: Command): void {
  const isBlank = (value: unknown) => typeof value === "string" && cleanText(value) === "";
  const flag = command.options.find((one) => isBlank(command.getOptionValue(one.attributeName())))?.long;
  const argument = command.registeredArguments.find((_, index) => isBlank(command.args[index]));
  const name = flag ?? (argument && `<${argument.name()}>`);
  if (name) command.error(`error: ${name} is blank: is the variable for it set?`);
}
