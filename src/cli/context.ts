import type { Environment } from "../credentials.js";

/** stdout or stderr. `columns` is the width of the terminal. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** The signals that interrupt a command: Ctrl-C, the end of a service, and a terminal that is closed. */
export type InterruptSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What the command uses of its process: `process` itself, or an object of a test. */
export interface Host {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  on(signal: InterruptSignal, listener: () => void): unknown;
  exit(code: number): unknown;
}

/** The command that runs, as far as a hint about its failure needs it. */
export interface RunningCommand {
  readonly name: string;
  readonly flags: Readonly<Record<string, unknown>>;
  /** A message of the library, with this command's flag in place of the library's option. */
  rename(message: string): string;
}

/** What every command gets in addition to its flags. */
export interface Context {
  readonly host: Host;
  /** Whether stdout gets one JSON document, for programs, in place of text. */
  readonly json: boolean;
  /** Aborted by an {@link InterruptSignal}. */
  readonly signal: AbortSignal;
  /** The exit code if the command does not throw. `verify` sets it if the package is not valid. */
  exitCode: number;
  /** Set when its flags are parsed. */
  command?: RunningCommand;
}
