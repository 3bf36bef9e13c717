import { realpathSync } from "node:fs";
import { oneLine, SpecError } from "./document/spec.js";

/** What a command prints and exits with. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command's work. An error becomes one line that begins with the command's name, and exit code 1. */
export async function outcomeOf(name: string, work: () => Promise<Partial<Outcome>>): Promise<Outcome> {
  try {
    return { code: 0, stdout: "", stderr: "", ...(await work()) };
  } catch (error) {
    // A SpecError may list what is missing, one per line.
    const message = error instanceof SpecError ? error.message : oneLine(error);
    return { code: 1, stdout: "", stderr: `${name}: ${message}` };
  }
}

/** Runs the command if Node was started with `file`, and prints its outcome. Tests import `file` and run it themselves. */
export async function runAsScript(
  file: string,
  command: (args: readonly string[]) => Promise<Outcome>,
): Promise<void> {
  const [, started] = process.argv;
  // The project may be in a folder that a symbolic link leads to: `file` is the real path.
  if (started === undefined || realpathSync(started) !== file) return;
  const { code, stdout, stderr } = await command(process.argv.slice(2));
  if (stdout !== "") console.log(stdout);
  if (stderr !== "") console.error(stderr);
  process.exitCode = code;
}
