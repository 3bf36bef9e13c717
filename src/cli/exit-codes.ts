import { CommanderError } from "commander";
import { AuthenticationError, PermissionError, RateLimitError } from "../errors.js";
import { IngestError, type IngestErrorReason } from "../ingest/index.js";
import { Interrupted } from "./interrupt.js";
import { UsageError } from "./usage-error.js";

/** What the command's exit codes mean; scripts rely on them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  verification: 3,
  auth: 4,
  rateLimited: 5,
  interrupted: 130,
} as const;

/** The table for `--help`. */
export const exitCodesHelp = `Exit codes:
  0    done
  1    failed
  2    wrong usage: flags, ids, or no API key
  3    verification failed: the folder, or what was delivered, is not a sound package
  4    the API key was refused (401) or may not do this (403)
  5    rate limited; the message says when to try again
  130  interrupted by Ctrl-C or SIGTERM; the same command goes on where it stopped`;

const UNSOUND: ReadonlySet<IngestErrorReason> = new Set(["corrupt", "manifest", "package-zip"]);

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes.interrupted;
  if (error instanceof AuthenticationError || error instanceof PermissionError) return exitCodes.auth;
  if (error instanceof RateLimitError) return exitCodes.rateLimited;
  if (error instanceof IngestError && UNSOUND.has(error.reason)) return exitCodes.verification;
  // The library throws a TypeError for nothing but wrong options and ids.
  if (error instanceof UsageError || error instanceof TypeError) return exitCodes.usage;
  return exitCodes.failed;
}
