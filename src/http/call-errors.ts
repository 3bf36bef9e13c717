import { endpoints } from "../../generated/endpoints.js";
import { type ApiError, AppStoreConnectError, ConnectionError, errorClass, TimeoutError } from "../errors.js";
import { isObject, parseJson } from "../json.js";
import { redact, redactedLine, redactedQuote } from "../redact.js";
import { TIMED_OUT } from "./attempt.js";
import type { Advice, Failure } from "./decide.js";
import type { OperationId } from "./url.js";

/** The call that an error describes. */
export interface CallFacts {
  /** `undefined` for a path that is not covered. */
  readonly operation: OperationId | undefined;
  readonly method: string;
  readonly path: string;
  readonly attempts: number;
  /** The token in use, which no message may show. */
  readonly token?: string | undefined;
}

/** The client's method, or Apple's operationId, or just "request", for the start of a message. */
function callName({ operation }: CallFacts): string {
  if (operation === undefined) return "request";
  const endpoint = endpoints[operation];
  return "client" in endpoint ? endpoint.client : operation;
}

/** The request and its number of attempts, for the end of a message. */
function callPlace({ method, path, attempts }: CallFacts, requestId?: string): string {
  const request = requestId === undefined ? "" : `, request id ${requestId}`;
  return `(${method} ${path}${request}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"})`;
}

/** `X-Request-ID` of a response, on one line. */
export function requestIdOf(response: Response): string | undefined {
  const id = response.headers.get("x-request-id");
  return id ? redactedLine(id, 100) : undefined;
}

function readErrors(text: string, token: string | undefined): ApiError[] {
  // Every string in it, at any depth, may hold a secret.
  const hide = (_: string, value: unknown) => (typeof value === "string" ? redact(value, token) : value);
  const body = parseJson(text, hide);
  return isObject(body) && Array.isArray(body.errors)
    ? body.errors.filter(isObject as (value: unknown) => value is ApiError)
    : [];
}

function summary(errors: ApiError[], text: string, token: string | undefined): string {
  const [first] = errors;
  if (!first) return text.trim() === "" ? "with an empty body" : `with ${redactedQuote(text, token)}`;
  const { code, title, detail, source } = first;
  const place = isObject(source) ? Object.values(source)[0] : undefined;
  const parts = [code, title === detail ? undefined : title, detail].filter(
    (part) => typeof part === "string" && part,
  );
  const sentence = parts.join(": ").replace(/\.$/, "");
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
  return redactedLine(typeof place === "string" ? `${sentence} [${place}]` : sentence, 500) + more;
}

/** The error for a response whose status says that the call failed; `text` is its body. */
export function statusError(
  call: CallFacts,
  response: Response,
  text: string,
  { hint, retryAfter }: Advice,
): AppStoreConnectError {
  const { status } = response;
  const errors = readErrors(text, call.token);
  const requestId = requestIdOf(response);
  const advice = hint === undefined ? "" : `; ${hint}`;
  return new (errorClass(status))(
    `${callName(call)} failed: ${status} ${summary(errors, text, call.token)}${advice} ${callPlace(call, requestId)}`,
    { ...call, status, errors, requestId, retryAfter },
  );
}

/** What a call expects in a document's `data`; `undefined` for either. */
export type Expected = "resource" | "list" | undefined;

function isResource(value: unknown): boolean {
  return isObject(value) && typeof value.id === "string" && typeof value.type === "string";
}

/**
 * The JSON:API document in a successful response; `text` is its body.
 *
 * @throws AppStoreConnectError with the response's status if the body is something else: HTML, truncated JSON, `{}`,
 *   nothing.
 */
export function readDocument(
  call: CallFacts,
  response: Response,
  text: string,
  expected: Expected,
): Record<string, unknown> {
  const document = parseJson(text);
  if (isObject(document)) {
    const { data } = document;
    if (expected !== "list" && isResource(data)) return document;
    if (expected !== "resource" && Array.isArray(data) && data.every(isResource)) return document;
  }
  const requestId = requestIdOf(response);
  const found = text.trim() === "" ? "nothing" : redactedQuote(text, call.token);
  throw new AppStoreConnectError(
    `${callName(call)} failed: ${response.status}, but the body is no JSON:API ${expected ?? "document"}: ${found} ${callPlace(call, requestId)}`,
    { ...call, status: response.status, requestId },
  );
}

/** The error for a response that redirects to another origin, or to nowhere. */
export function redirectError(
  call: CallFacts,
  response: Response,
  location: URL | undefined,
): AppStoreConnectError {
  const requestId = requestIdOf(response);
  const where = location === undefined ? "without saying where to" : `to ${location.origin}`;
  return new AppStoreConnectError(
    `${callName(call)} failed: ${response.status} redirects ${where}, which is not followed: ` +
      `the token is for the API's origin alone ${callPlace(call, requestId)}`,
    { ...call, status: response.status, requestId },
  );
}

/** The error for a request that got no complete response; `cause` is what the attempt threw. */
export function noResponseError(call: CallFacts, cause: unknown, timeout: number): AppStoreConnectError {
  if (cause === TIMED_OUT) {
    return new TimeoutError(
      `${callName(call)} failed: no complete answer within ${timeout} ms ${callPlace(call)}`,
      call,
    );
  }
  removeSecrets(cause, call.token);
  return new ConnectionError(
    `${callName(call)} failed: no answer: ${redactedLine(describeThrown(cause), 300, call.token)} ${callPlace(call)}`,
    { ...call, cause },
  );
}

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
// Deno has no codes, only messages.
const NEVER_CONNECTED_TEXT = /connection refused|dns error|failed to lookup/i;
// How the runtimes begin the message of a TypeError about the network.
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
 * What kind of failure a thrown error is; `undefined` for a programming error, which a retry cannot fix. `fetch`
 * throws a TypeError for both.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (error === TIMED_OUT) return { kind: "broken" };
  const errors = chain(error);
  if (errors.some(neverConnected)) return { kind: "refused" };
  if (error instanceof TypeError) {
    const invalid = errors.some((one) => codeOf(one)?.startsWith("ERR_INVALID"));
    return !invalid && (codeOf(error) || NETWORK_TEXT.test(error.message)) ? { kind: "broken" } : undefined;
  }
  const isProgrammingError =
    error instanceof ReferenceError || error instanceof RangeError || error instanceof SyntaxError;
  return isProgrammingError ? undefined : { kind: "broken" };
}

/** A thrown error in one line, its cause included: undici's own message says only "fetch failed". */
export function describeThrown(error: unknown): string {
  if (error === TIMED_OUT) return "timed out";
  const messages = chain(error).map((one) => one.message || codeOf(one) || one.name);
  return messages.length > 0 ? messages.slice(0, 2).join(": ") : String(error);
}

/**
 * Removes secrets from an error that `fetch` threw, in place: undici keeps the bytes it could not parse in `data`, and
 * other implementations quote what they sent.
 */
function removeSecrets(error: unknown, token: string | undefined): void {
  for (const one of chain(error)) {
    try {
      if ("data" in one) delete one.data;
      const message = redact(one.message, token);
      if (message === one.message) continue;
      const { stack } = one;
      one.message = message;
      if (stack !== undefined) one.stack = redact(stack, token);
    } catch {
      // A frozen error cannot be changed.
    }
  }
}
