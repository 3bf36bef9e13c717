import type { Command } from "commander";
import { cleanText } from "../clean-text.js";
import type { Client } from "../client.js";
import { addConnectionOptions, type ConnectionFlags, openClient } from "./connection.js";
import type { Context } from "./context.js";
import { EXIT_CODES, UsageError } from "./exit.js";
import { addExamples, addJsonOption, id } from "./options.js";
import { writeNote, writeResult } from "./output.js";

/** What a call gives: the document for `--json`, and the text for people. */
interface Outcome {
  readonly document: unknown;
  readonly text: string;
}

/** What a command's call gets in addition to client and flags. */
interface CallContext extends Pick<Context, "signal"> {
  readonly env: Context["host"]["env"];
  /** The command's argument, or an empty string. */
  readonly argument: string;
  /** Writes a line to stderr. */
  note(line: string): void;
  /** Makes the command end with exit code 1 although nothing is thrown. */
  fail(): void;
}

/** A command that makes one call of the client and prints its outcome. */
export interface ApiCommand<Flags> {
  readonly name: string;
  /** The command of its group that runs when none is named. */
  readonly isDefault?: boolean;
  readonly summary: string;
  readonly description: string;
  /** Its argument, such as `<webhook-id>`, and what that is. */
  readonly argument?: readonly [string, string];
  readonly examples: readonly string[];
  addOptions?(command: Command): Command;
  run(client: Client, flags: Flags, context: CallContext): Promise<Outcome>;
  /** The outcome without a usable API key, if that is not wrong usage. */
  withoutKey?(error: UsageError, context: Pick<CallContext, "fail">): Outcome;
}

export function addGroup(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    .hook("preSubcommand", (group, command) => {
      const [first = "-"] = group.args;
      // A word that is no command: the default command would take it as an argument.
      if (first.startsWith("-") || first === command.name()) return;
      const names = group.commands.map((one) => one.name()).join(", ");
      group.error(`error: unknown command '${first}' of ${name}: there are ${names}`);
    });
}

export function addApiCommand<Flags>(parent: Command, context: Context, spec: ApiCommand<Flags>): void {
  const command = parent
    .command(spec.name, { isDefault: spec.isDefault ?? false })
    .summary(spec.summary)
    .description(spec.description);
  if (spec.argument) command.argument(...spec.argument, spec.argument[0].endsWith("-id>") ? id : cleanText);
  addJsonOption(command);
  addConnectionOptions(spec.addOptions?.(command) ?? command);
  addExamples(command, spec.examples);
  const { host, signal } = context;
  const call: Omit<CallContext, "argument"> = {
    env: host.env,
    signal,
    note: (line) => void writeNote(line, host.stderr),
    fail: () => {
      context.exitCode = EXIT_CODES.failed;
    },
  };
  command.action(async () => {
    const argument: string = command.processedArgs[0] ?? "";
    const flags = command.opts<Flags & ConnectionFlags>();
    const client = await openClient(flags, context).catch((error: unknown) => {
      if (spec.withoutKey && error instanceof UsageError) return error;
      throw error;
    });
    const outcome =
      client instanceof UsageError
        ? spec.withoutKey?.(client, call)
        : await spec.run(client, flags, { ...call, argument });
    if (outcome) await writeResult(context, outcome.document, outcome.text);
  });
}
