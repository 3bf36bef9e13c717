import { endpoints } from "../../generated/endpoints.js";
import {
  type ApiError,
  AppStoreConnectError,
  ConnectionError,
  errorClass,
  RateLimitError,
  TimeoutError,
} from "../errors.js";
import { isObject, parseJson } from "../json.js";
import { redact, redactedLine, redactedQuote } from "../redact.js";
import { TIMED_OUT } from "./attempt.js";
import type { Advice, Failure } from "./decide.js";
import type { QueueError } from "./throttle.js";
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

/** The error for a call that could not be sent, or not again, because the queue did not move. */
export function queueError(call: CallFacts, error: QueueError, maxWait: number): AppStoreConnectError {
  if (error.reason === "no response") {
    const problem = `not sent: after a 429, the API has not responded for ${maxWait / 1000} s`;
    return new ConnectionError(`${callName(call)} failed: ${problem} ${callPlace(call)}`, call);
  }
  const retryAfter = error.retryAfter === undefined ? undefined : Math.ceil(error.retryAfter / 1000);
  const advice = retryAfter === undefined ? "" : `, try again in ${retryAfter} s`;
  return new RateLimitError(
    `${callName(call)} failed: not sent: the requests of this hour are used up${advice} ${callPlace(call)}`,
    { ...call, status: 429, retryAfter },
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
  return new ConnectionError(
    `${callName(call)} failed: no answer: ${redactedLine(describeThrown(cause), 300, call.token)} ${callPlace(call)}`,
    { ...call, cause: cleanCopy(cause, call.token) },
  );
}

// Codes for a connection that was never made, where an error names no syscall.
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);
// Deno has no codes, only messages.
const NEVER_CONNECTED_TEXT = /connection refused|dns error|failed to lookup/i;
// How the runtimes begin the message of a TypeError about the network.
const NETWORK_TEXT =
  /^(?:fetch failed|terminated|network|failed to fetch|load failed|error sending request|connection|error reading a body)/i;
const PROGRAMMING_ERRORS = new Set(["ReferenceError", "RangeError", "SyntaxError"]);

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
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "message" in value &&
    typeof value.message === "string"
  );
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
  // The code alone does not tell: the same one may come from a connection that was in use.
  if (typeof syscall === "string") return syscall === "connect" || syscall === "getaddrinfo";
  const code = codeOf(error);
  if (code !== undefined) return NEVER_CONNECTED.has(code);
  return name === "TypeError" && NEVER_CONNECTED_TEXT.test(message);
}

/**
 * What kind of failure a thrown error is; `undefined` for a programming error, which a retry cannot fix. `fetch`
 * throws a TypeError for both.
 */
export function failureOf(error: unknown): Failure | undefined {
  if (error === TIMED_OUT) return { kind: "broken" };
  const chain = chainOf(error);
  if (chain.some(neverConnected)) return { kind: "refused" };
  const [first] = chain;
  if (first?.name === "TypeError") {
    const isInvalid = chain.some((one) => codeOf(one)?.startsWith("ERR_INVALID"));
    const isNetwork = codeOf(first) !== undefined || NETWORK_TEXT.test(first.message);
    return isNetwork && !isInvalid ? { kind: "broken" } : undefined;
  }
  return first && PROGRAMMING_ERRORS.has(first.name) ? undefined : { kind: "broken" };
}

/** A thrown error in one line, its cause included: undici's own message says only "fetch failed". */
export function describeThrown(error: unknown): string {
  if (error === TIMED_OUT) return "timed out";
  const messages = chainOf(error).map((one) => one.message || codeOf(one) || one.name);
  return messages.length > 0 ? messages.slice(0, 2).join(": ") : String(error);
}

/**
 * A copy of what `fetch` threw, without secrets, for `cause`. It has only the properties named here: undici keeps bytes
 * of the response in its errors, and other implementations the whole request.
 */
function cleanCopy(thrown: unknown, token: string | undefined, depth = 0): unknown {
  if (!isThrown(thrown)) return redactedLine(String(thrown), 300, token);
  const { name, message, stack, code, syscall, errno, cause } = thrown;
  const copy = new Error(redact(message, token));
  // Not enumerable, as the name and the stack of other errors.
  Object.defineProperty(copy, "name", { value: name });
  Object.defineProperty(copy, "stack", { value: redact(String(stack), token) });
  for (const [key, value] of Object.entries({ code, syscall, errno })) {
    if (/^(string|number)$/.test(typeof value)) Object.assign(copy, { [key]: value });
  }
  if (cause !== undefined && depth < 4) copy.cause = cleanCopy(cause, token, depth + 1);
  return copy;
}
