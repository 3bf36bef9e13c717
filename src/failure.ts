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

/**
 * What kind of failure a thrown error is; `undefined` for a programming error, which no retry mends: `fetch`
 * throws a TypeError for both.
 */
export function classify(error: unknown): Failure | undefined {
  if (error === TIMED_OUT) return { kind: "broken" };
  const errors = chain(error);
  const isNeverConnected = (one: Error) =>
    NEVER_CONNECTED.has(codeOf(one) ?? "") || NEVER_CONNECTED_TEXT.test(one.message);
  if (errors.some(isNeverConnected)) return { kind: "refused" };
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
