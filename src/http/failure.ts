import { redact } from "../redact.js";
import { TIMED_OUT } from "./attempt.js";
import type { Failure } from "./retry.js";

// Codes of Node, undici and Bun for a connection that was never made.
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);
// Deno says it in words.
const NEVER_CONNECTED_TEXT = /connection refused|dns error|failed to lookup/i;
// How the runtimes begin the message of a TypeError that speaks of the network.
const NETWORK_TEXT =
  /^(?:fetch failed|terminated|network|failed to fetch|load failed|error sending request|connection|error reading a body)/i;

function codeOf(error: object): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The error, its causes and the members of an AggregateError (several addresses of one host). */
function chain(error: unknown, depth = 0): Error[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const members = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...members].flatMap((inner) => chain(inner, depth + 1))];
}

function neverConnected(error: Error): boolean {
  const code = codeOf(error);
  if (code === undefined) return error instanceof TypeError && NEVER_CONNECTED_TEXT.test(error.message);
  // The same code may come from a connection that was in use already.
  const syscall = "syscall" in error ? error.syscall : undefined;
  return (
    NEVER_CONNECTED.has(code) && (syscall === undefined || syscall === "connect" || syscall === "getaddrinfo")
  );
}

/**
 * What kind of failure a thrown error is; `undefined` for a programming error, which no retry mends: `fetch`
 * throws a TypeError for both.
 */
export function classify(error: unknown): Failure | undefined {
  if (error === TIMED_OUT) return { kind: "broken" };
  const errors = chain(error);
  if (errors.some(neverConnected)) return { kind: "refused" };
  if (error instanceof TypeError) {
    const invalid = errors.some((one) => codeOf(one)?.startsWith("ERR_INVALID"));
    return !invalid && (codeOf(error) || NETWORK_TEXT.test(error.message)) ? { kind: "broken" } : undefined;
  }
  const programming =
    error instanceof ReferenceError || error instanceof RangeError || error instanceof SyntaxError;
  return programming ? undefined : { kind: "broken" };
}

/** The most telling line of an error: undici's own says only "fetch failed". */
export function describe(error: unknown): string {
  if (error === TIMED_OUT) return "timed out";
  const messages = chain(error).map((one) => one.message || codeOf(one) || one.name);
  return messages.length > 0 ? messages.slice(0, 2).join(": ") : String(error);
}

/**
 * Takes out of an error that was thrown by `fetch`, in place, what must not be shown: undici keeps the bytes it could
 * not parse in `data`, and others quote what they sent.
 */
export function scrub(error: unknown, token: string | undefined): void {
  for (const one of chain(error)) {
    try {
      if ("data" in one) delete one.data;
      const message = redact(one.message, token);
      if (message === one.message) continue;
      const { stack } = one;
      one.message = message;
      if (stack !== undefined) one.stack = redact(stack, token);
    } catch {
      // A frozen error: nothing can be done about it here.
    }
  }
}
