import { CommanderError } from "commander";
import type { Context } from "./context.js";
import { errorDocument } from "./error-document.js";
import { messageOf } from "./error-message.js";
import { exitCodeOf, exitCodes } from "./exit-codes.js";
import { Interrupted, interruptSignal } from "./interrupt.js";
import { ignoreBrokenPipes, writeNote, writeResult } from "./output.js";
import { createProgram } from "./program.js";

/**
 * Runs the command line `adp …args` in this process, whose stdout, stderr, environment and signals it uses.
 *
 * @returns the exit code
 */
export async function run(args: readonly string[]): Promise<number> {
  ignoreBrokenPipes();
  const end = () => process.exit(exitCodes.interrupted);
  const context: Context = {
    // Known before the arguments are parsed, so that an error in them is a document too.
    json: args.includes("--json"),
    signal: interruptSignal(process, end, () => performance.now()),
    exitCode: exitCodes.ok,
  };
  try {
    await createProgram(context).parseAsync(args, { from: "user" });
    return context.exitCode;
  } catch (error) {
    return await report(error, context);
  }
}

/** Tells people, and with `--json` programs, what went wrong. */
async function report(error: unknown, context: Context): Promise<number> {
  const exitCode = exitCodeOf(error);
  if (exitCode === exitCodes.ok) return exitCode;
  const message = messageOf(error);
  // The parser has said it already.
  if (!(error instanceof CommanderError))
    await writeNote(error instanceof Interrupted ? message : `error: ${message}`);
  if (context.json) await writeResult(context, errorDocument(error, message, exitCode), "");
  return exitCode;
}
