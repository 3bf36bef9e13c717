import { CommanderError } from "commander";
import { systemClock } from "../clock.js";
import { redact } from "../redact.js";
import type { Context, Host } from "./context.js";
import { EXIT_CODES, errorDocument, exitCodeOf, Interrupted, interruptSignal, messageOf } from "./exit.js";
import { hintFor } from "./hints.js";
import { ignoreBrokenPipes, writeNote, writeResult } from "./output.js";
import { createProgram } from "./program.js";

/**
 * Runs the command line `adp …args` in this process.
 *
 * @returns the exit code
 */
export async function run(args: readonly string[], host: Host = process): Promise<number> {
  ignoreBrokenPipes(host);
  const context: Context = {
    host,
    // Read before the arguments are parsed, so that an error about them is a JSON document too.
    json: args.includes("--json"),
    signal: interruptSignal(host, systemClock),
    exitCode: EXIT_CODES.ok,
  };
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (exitCode !== EXIT_CODES.ok) await reportError(error, context);
    return exitCode;
  }
}

async function reportError(error: unknown, context: Context): Promise<void> {
  const hint = hintFor(error, context.command);
  const text = messageOf(error);
  const renamed = context.command?.rename(text) ?? text;
  // A hint repeats flags, and an id can be a token in the wrong place.
  const message = hint === undefined ? renamed : `${renamed}\n${redact(hint)}`;
  // The parser has already written its own errors.
  if (!(error instanceof CommanderError)) {
    await writeNote(error instanceof Interrupted ? message : `error: ${message}`, context.host.stderr);
  }
  // If stdout cannot be written to, stderr has the message.
  if (context.json) await writeResult(context, errorDocument(error, message), "").catch(() => {});
}
