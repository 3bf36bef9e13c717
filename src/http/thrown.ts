import { redact, redactedLine } from "../redact.js";
import type { Failure } from "./decide.js";

// How the runtimes say that a connection was never made: Node and Bun by a code, Deno in the message alone.
const NEVER_CONNECTED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|FailedToOpenSocket)$|connection ?refused|dns error|failed to lookup/i;
// How the runtimes begin the message of a TypeError about the network.
const NETWORK_TEXT =
  /^(?:fetch failed|failed to fetch|terminated|network|connection|error (?:sending|reading))/i;
const PROGRAMMING_ERROR = /^(?:Reference|Range|Syntax)Error$/;

/** What is read of a thrown error. */
interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly errno?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** By its properties: an error of another realm (jest, vm) is not an instance of our `Error`. */
function isThrown(value: unknown): value is Thrown {
  // The cast: null and undefined become an empty object, and each property is looked at here or where it is used.
  const { name, message } = Object(value) as Partial<Thrown>;
  return typeof name === "string" && typeof message === "string";
}

function codeOf({ code }: Thrown): string | undefined {
  return typeof code === "string" ? code : undefined;
}

/** The error, its causes and the members of an AggregateError (several addresses of one host). */
function chainOf(error: unknown, depth = 0): Thrown[] {
  if (!isThrown(error) || depth > 4) return [];
  const members: unknown[] = Array.isArray(error.errors) ? error.errors : [];
  return [error, ...[error.cause, ...members].flatMap((inner) => chainOf(inner, depth + 1))];
}

function neverConnected(error: Thrown): boolean {
  const { syscall, name, message } = error;
  // The code alone does not say: a connection that was in use may break with the same one.
  if (typeof syscall === "string") return syscall === "connect" || syscall === "getaddrinfo";
  return NEVER_CONNECTED.test(codeOf(error) ?? (name === "TypeError" ? message : ""));
}

/**
 * What kind of failure a thrown error is; `undefined` for a programming error, which a retry cannot fix. `fetch`
 * throws a TypeError for both.
 */
export function failureOf(error: unknown): Failure | undefined {
  const chain = chainOf(error);
  if (chain.some(neverConnected)) return "refused";
  const [first] = chain;
  if (first?.name === "TypeError") {
    const isInvalid = chain.some((one) => codeOf(one)?.startsWith("ERR_INVALID"));
    const isNetwork = codeOf(first) !== undefined || NETWORK_TEXT.test(first.message);
    return isNetwork && !isInvalid ? "broken" : undefined;
  }
  return first && PROGRAMMING_ERROR.test(first.name) ? undefined : "broken";
}

/** A thrown error in one line, its cause included: undici's own message says only "fetch failed". */
export function describeThrown(error: unknown): string {
  const messages = chainOf(error).map((one) => one.message || codeOf(one) || one.name);
  return messages.slice(0, 2).join(": ") || String(error);
}

/** A programming error to throw again: as it is, or a clean copy if it contains the token or more, such as the request. */
export function safeToThrow(thrown: unknown, token: string): unknown {
  const isClean = chainOf(thrown).every(
    (one) => !`${one.stack}`.includes(token) && Object.keys(one).every((key) => key === "code"),
  );
  return isClean ? thrown : cleanCopy(thrown, token);
}

/**
 * A copy of what `fetch` threw, without secrets, for `cause`. It has only the properties named here: undici keeps bytes
 * of the response in its errors, and other implementations the whole request.
 */
export function cleanCopy(thrown: unknown, token: string | undefined, depth = 0): unknown {
  if (!isThrown(thrown)) return redactedLine(String(thrown), 300, token);
  const { name, message, stack, code, syscall, errno, cause } = thrown;
  const copy = new Error(redact(message, token));
  // Not enumerable, as the name and the stack of other errors.
  Object.defineProperties(copy, { name: { value: name }, stack: { value: redact(`${stack}`, token) } });
  for (const [key, value] of Object.entries({ code, syscall, errno })) {
    if (/^(string|number)$/.test(typeof value)) Object.assign(copy, { [key]: value });
  }
  if (cause !== undefined && depth < 4) copy.cause = cleanCopy(cause, token, depth + 1);
  return copy;
}
