import { endpoints } from "../../generated/endpoints.js";
import {
  type ApiError,
  AppStoreConnectError,
  ConnectionError,
  type ErrorFacts,
  errorClass,
  NotFoundError,
  RateLimitError,
  TimeoutError,
} from "../errors.js";
import { isObject, parseJson } from "../json.js";
import { redact, redactedLine, redactedQuote } from "../redact.js";
import { MAX_BODY_BYTES, TIMED_OUT } from "./attempt.js";
import { type Advice, redirectTarget, retryAdvice } from "./decide.js";
import type { QueueError } from "./throttle.js";
import { cleanCopy, describeThrown } from "./thrown.js";
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

/** Makes an error about a call. The messages of all of them have this form. */
export function callError(
  Kind: typeof AppStoreConnectError,
  { operation, method, path, attempts }: CallFacts,
  problem: string,
  facts?: Partial<ErrorFacts>,
): AppStoreConnectError {
  const endpoint = operation && endpoints[operation];
  const name = endpoint && "client" in endpoint ? endpoint.client : (operation ?? "request");
  const request = facts?.requestId === undefined ? "" : `, request id ${facts.requestId}`;
  return new Kind(
    `${name} failed: ${problem} (${method} ${path}${request}, ${attempts} attempt${attempts === 1 ? "" : "s"})`,
    { method, path, attempts, ...facts },
  );
}

/** Makes an error about a response. Its message begins with the status. */
function responseError(
  Kind: typeof AppStoreConnectError,
  call: CallFacts,
  response: Response,
  problem: string,
): AppStoreConnectError {
  const { status } = response;
  return callError(Kind, call, `${status}${problem}`, { status, requestId: requestIdOf(response) });
}

/** `X-Request-ID` of a response, on one line. */
export function requestIdOf(response: Response): string | undefined {
  const id = response.headers.get("x-request-id");
  return id ? redactedLine(id, 100) : undefined;
}

function readErrors(text: string, token: string | undefined): ApiError[] {
  // Every string in it, at any depth, may contain a secret.
  const hide = (_: string, value: unknown) => (typeof value === "string" ? redact(value, token) : value);
  const body = parseJson(text, hide);
  return isObject(body) && Array.isArray(body.errors)
    ? body.errors.filter(isObject as (value: unknown) => value is ApiError)
    : [];
}

function summary(errors: ApiError[], text: string, token: string | undefined): string {
  const { code, title, detail, source }: Partial<ApiError> = errors[0] ?? {};
  const place = isObject(source) ? Object.values(source)[0] : undefined;
  const parts = [code, title === detail ? undefined : title, detail].filter(
    (part) => typeof part === "string" && part.trim() !== "",
  );
  if (parts.length === 0)
    return text.trim() === "" ? "with an empty body" : `with ${redactedQuote(text, token)}`;
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
  const advice = hint === undefined ? "" : `; ${hint}`;
  return callError(errorClass(status), call, `${status} ${summary(errors, text, call.token)}${advice}`, {
    status,
    requestId: requestIdOf(response),
    errors,
    retryAfter,
  });
}

/** The error for a call that could not be sent, or not again, because the queue did not move. */
export function queueError(call: CallFacts, error: QueueError, maxWait: number): AppStoreConnectError {
  if (error.kind === "no response") {
    const problem = `not sent: after a 429, the API has not responded for ${maxWait / 1000} s`;
    return callError(ConnectionError, call, problem);
  }
  const isHourUsedUp = error.kind === "exhausted";
  const { retryAfter, hint } = retryAdvice(error.retryAfter, isHourUsedUp);
  const limited = isHourUsedUp ? "" : `the API has responded only with 429 for ${maxWait / 1000} s`;
  const problem = `not sent: ${[limited, hint].filter(Boolean).join(", ")}`;
  return callError(RateLimitError, call, problem, { status: 429, retryAfter });
}

/** What a call expects in a document's `data`; `undefined` for either. */
export type Expected = "resource" | "list" | undefined;

function isResource(value: unknown): boolean {
  return isObject(value) && typeof value.id === "string" && typeof value.type === "string";
}

/**
 * The JSON:API document in a successful response; `text` is its body. `data: null` is how a to-one relationship says
 * "none".
 *
 * @throws NotFoundError where a resource is expected and there is none; AppStoreConnectError with the response's status
 *   if the body is something else: HTML, truncated JSON, `{}`, nothing.
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
    if (data === null && call.operation?.includes("_getToOne")) {
      if (!expected || call.operation.endsWith("Relationship")) return document;
      throw responseError(NotFoundError, call, response, ", and there is none");
    }
    if (expected !== "resource" && Array.isArray(data) && data.every(isResource)) return document;
  }
  const problem = `, but the body is no JSON:API ${expected ?? "document"}: ${redactedQuote(text, call.token)}`;
  throw responseError(AppStoreConnectError, call, response, problem);
}

/** The error for a response to a request to `url` whose redirect is not followed. */
export function redirectError(call: CallFacts, response: Response, url: string): AppStoreConnectError {
  const target = redirectTarget(response, url);
  const problem = target
    ? ` redirects to ${target.origin}, which is not followed: the client follows at most five redirects, ` +
      "within the API's origin, of requests that can be repeated"
    : " redirects without saying where to";
  return responseError(AppStoreConnectError, call, response, problem);
}

/** The error for a response whose body is larger than {@link MAX_BODY_BYTES}. */
export function sizeError(call: CallFacts, response: Response): AppStoreConnectError {
  const problem = `, but the body is larger than ${MAX_BODY_BYTES / 2 ** 20} MiB`;
  return responseError(AppStoreConnectError, call, response, problem);
}

/** The error for a request that got no complete response; `cause` is what the attempt threw. */
export function noResponseError(call: CallFacts, cause: unknown, timeout: number): AppStoreConnectError {
  if (cause === TIMED_OUT) return callError(TimeoutError, call, `no complete response within ${timeout} ms`);
  const problem = `no response: ${redactedLine(describeThrown(cause), 300, call.token)}`;
  return callError(ConnectionError, call, problem, { cause: cleanCopy(cause, call.token) });
}
