import { CommanderError } from "commander";
import type { Clock } from "../clock.js";
import { AppStoreConnectError, AuthenticationError, PermissionError, RateLimitError } from "../errors.js";
import { IngestError, type IngestErrorReason } from "../ingest/index.js";
import { redact } from "../redact.js";
import type { Host, InterruptSignal } from "./context.js";

/** The command's exit codes. Scripts rely on them. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  verification: 3,
  auth: 4,
  rateLimited: 5,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    failed
  2    wrong usage: flags, ids, or no API key
  3    verification failed: the folder, or what Apple's CDN delivered, is not a valid package
  4    the API key was refused (401) or has no permission (403)
  5    rate limited; the message says when to try again
  130  interrupted by Ctrl-C, SIGTERM or SIGHUP; run the same command again to continue`;

/** The command line is wrong: a flag is missing or wrong, or there is no API key. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The reason with which a signal of the process aborts a command. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted; run the same command again to continue where it stopped");
  }
}

const SIGNALS: readonly InterruptSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
// ms. Under npx, one Ctrl-C arrives twice: once from the terminal and once from npm.
const ONE_KEYPRESS = 300;

/**
 * An AbortSignal that the first of the process's {@link InterruptSignal}s aborts. The second one ends the process at once,
 * in case the command does not end by itself.
 */
export function interruptSignal(host: Pick<Host, "on" | "exit">, clock: Pick<Clock, "elapsed">): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = () => {
    if (first === undefined) {
      first = clock.elapsed();
      controller.abort(new Interrupted());
    } else if (clock.elapsed() - first >= ONE_KEYPRESS) {
      host.exit(EXIT_CODES.interrupted);
    }
  };
  for (const name of SIGNALS) host.on(name, interrupt);
  return controller.signal;
}

const INVALID_PACKAGE: ReadonlySet<IngestErrorReason> = new Set([
  "corrupt",
  "manifest",
  "package-zip",
  "signature",
]);

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage;
  if (error instanceof Interrupted) return EXIT_CODES.interrupted;
  if (error instanceof AuthenticationError || error instanceof PermissionError) return EXIT_CODES.auth;
  if (error instanceof RateLimitError) return EXIT_CODES.rateLimited;
  if (error instanceof IngestError && INVALID_PACKAGE.has(error.reason)) return EXIT_CODES.verification;
  return error instanceof UsageError || isOptionError(error) ? EXIT_CODES.usage : EXIT_CODES.failed;
}

/** The library's error for a wrong option or id begins with its name. A TypeError without is a mistake in a program. */
function isOptionError(error: unknown): boolean {
  return error instanceof TypeError && /^\S+: /.test(error.message);
}

export function messageOf(error: unknown): string {
  if (error instanceof CommanderError) return parserMessage(error.message).replace(/^error: /, "");
  return redact(error instanceof Error ? error.message : String(error));
}

/** The parser's message, with what to give where it only says that something is missing, and {@link withoutValues}. */
export function parserMessage(message: string): string {
  return withoutValues(message)
    .replace("missing required argument 'directory'", "$&: give the package folder, such as public/package")
    .replace("(outputHelp)", "no command is given")
    .replace("too many arguments for 'sandbox'", "$&, which has only the command 'trigger'");
}

/**
 * The parser's message without parts that may be a secret: it quotes unknown flags together with their values, and
 * unknown commands.
 */
function withoutValues(message: string): string {
  return message.replace(/'([^'=]{0,40})[^']*'/g, (quoted, start: string) =>
    quoted.length === start.length + 2 ? quoted : `'${start}…'`,
  );
}

/** What `--json` writes for an error. Fields that are `undefined` do not appear. */
export function errorDocument(error: unknown, message = messageOf(error)): object {
  const name = error instanceof Error ? error.name : "Error";
  return {
    error: { name, message, exitCode: exitCodeOf(error), ...factsOf(error) },
  };
}

function factsOf(error: unknown): object {
  if (error instanceof AppStoreConnectError) {
    const { status, code, errors, requestId, method, path, retryAfter, attempts } = error;
    return { status, code, errors, requestId, method, path, retryAfter, attempts };
  }
  if (error instanceof IngestError) {
    const { reason, path, chunk, expected, found } = error;
    return { reason, path, chunk, expected, found };
  }
  return {};
}
