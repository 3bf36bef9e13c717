import { endpoints } from "../../generated/endpoints.js";
import { type ApiError, AppStoreConnectError, ConnectionError, errorClass, TimeoutError } from "../errors.js";
import { isObject, parseJson } from "../json.js";
import { redact, redactedLine, redactedQuote } from "../redact.js";
import { type Answer, TIMED_OUT } from "./attempt.js";
import { describe, scrub } from "./failure.js";
import { operationId } from "./operation.js";

/** The call an error speaks of. */
export interface CallFacts {
  readonly method: string;
  readonly path: string;
  readonly attempts: number;
  /** The token in use, which no message may show. */
  readonly token?: string | undefined;
}

/** The client's method, or Apple's operationId, or just "request", for the start of a message. */
export function callName({ method, path }: CallFacts): string {
  const id = operationId(method, path);
  if (id === undefined) return "request";
  const endpoint = endpoints[id];
  return "client" in endpoint ? endpoint.client : id;
}

/** Where and how often, for the end of a message. */
export function callPlace({ method, path, attempts }: CallFacts, requestId?: string): string {
  const request = requestId === undefined ? "" : `, request id ${requestId}`;
  return `(${method} ${path}${request}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"})`;
}

/** `X-Request-ID` of a response, on one line. */
export function requestIdOf(response: Response): string | undefined {
  const id = response.headers.get("x-request-id");
  return id ? redactedLine(id, 100) : undefined;
}

function readErrors(text: string, token: string | undefined): ApiError[] {
  // Every string in it, however deep, may hold a secret.
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
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
  return (
    redactedLine(
      `${parts.join(": ").replace(/\.$/, "")}${typeof place === "string" ? ` [${place}]` : ""}`,
      500,
    ) + more
  );
}

/** The error for an answer whose status says that the call failed. `hint`: what the caller can do about it. */
export function answerError(
  call: CallFacts,
  { response, text }: Answer,
  { hint, retryAfter }: { hint?: string | undefined; retryAfter?: number | undefined } = {},
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

/** What a call wants in a document's `data`. */
export type Expected = "resource" | "list";

function isResource(value: unknown): boolean {
  return isObject(value) && typeof value.id === "string" && typeof value.type === "string";
}

/**
 * The JSON:API document in a successful answer.
 *
 * @throws AppStoreConnectError with the answer's status if the body is none: HTML, truncated JSON, `{}`, nothing.
 */
export function readDocument(call: CallFacts, { response, text }: Answer, expects?: Expected): unknown {
  const document = parseJson(text);
  const data = isObject(document) ? document.data : undefined;
  const list = Array.isArray(data) && data.every(isResource);
  const fits = expects === "list" ? list : isResource(data) || (expects === undefined && list);
  if (fits) return document;
  const requestId = requestIdOf(response);
  const found = text.trim() === "" ? "nothing" : redactedQuote(text, call.token);
  throw new AppStoreConnectError(
    `${callName(call)} failed: ${response.status}, but the body is no JSON:API ${expects ?? "document"}: ${found} ${callPlace(call, requestId)}`,
    { ...call, status: response.status, requestId },
  );
}

/** The error for an answer that sends the caller to another origin; `location` is where to. */
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

/** The error for a request that got no complete answer; `cause` is what the attempt threw. */
export function noAnswerError(call: CallFacts, cause: unknown, timeout: number): AppStoreConnectError {
  if (cause === TIMED_OUT) {
    return new TimeoutError(
      `${callName(call)} failed: no complete answer within ${timeout} ms ${callPlace(call)}`,
      call,
    );
  }
  scrub(cause, call.token);
  return new ConnectionError(
    `${callName(call)} failed: no answer: ${redactedLine(describe(cause), 300, call.token)} ${callPlace(call)}`,
    { ...call, cause },
  );
}
