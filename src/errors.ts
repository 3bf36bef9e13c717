import type { components } from "../generated/paths.js";

/** One entry of Apple's `errors[]`. */
export type ApiError = NonNullable<components["schemas"]["ErrorResponse"]["errors"]>[number];

/** What an {@link AppStoreConnectError} is made of. */
export interface ErrorFacts {
  readonly status?: number | undefined;
  readonly errors?: readonly ApiError[] | undefined;
  readonly requestId?: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly retryAfter?: number | undefined;
  readonly attempts: number;
  readonly cause?: unknown;
}

/**
 * A call that gave no document. Each kind has a subclass; `name` is the class name, so kinds can be told
 * apart without `instanceof`, also across two copies of this package.
 *
 * Neither the message nor any property holds the private key, the token or the query of a signed URL.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/interpreting-and-handling-errors
 */
export class AppStoreConnectError extends Error {
  /** HTTP status of the last answer; `undefined` where none came. */
  readonly status: number | undefined;
  /** Apple's code of the first error, as in `ENTITY_ERROR.ATTRIBUTE.INVALID`; `undefined` where the answer has none. */
  readonly code: string | undefined;
  /** All errors of Apple's answer, empty where it had none. */
  readonly errors: readonly ApiError[];
  /** The answer's `X-Request-ID`: Apple's support asks for it. */
  readonly requestId: string | undefined;
  /** HTTP method of the request, upper case. */
  readonly method: string;
  /** Path of the request, without host and query. */
  readonly path: string;
  /** Seconds after which it makes sense to try again, where that is known. */
  readonly retryAfter: number | undefined;
  /** How many times the request was sent, or tried to be. */
  readonly attempts: number;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.status = facts.status;
    this.errors = facts.errors ?? [];
    this.code = this.errors.find((error) => typeof error.code === "string")?.code;
    this.requestId = facts.requestId;
    this.method = facts.method;
    this.path = facts.path;
    this.retryAfter = facts.retryAfter;
    this.attempts = facts.attempts;
  }

  // On the prototype, so that the name is known when the stack's first line is written.
  override get name(): string {
    return "AppStoreConnectError";
  }

  /**
   * Whether one of the errors has this code, compared dot by dot from the left: `hasCode("ENTITY_ERROR")`
   * is true for `ENTITY_ERROR.ATTRIBUTE.INVALID` and false for `ENTITY_ERRORS`.
   */
  hasCode(prefix: string): boolean {
    return this.errors.some(({ code }) => code === prefix || `${code}`.startsWith(`${prefix}.`));
  }
}

/** 400 or 422: the request is not as Apple wants it; `errors[].source` names the parameter or the field. */
export class InvalidRequestError extends AppStoreConnectError {
  override get name(): "InvalidRequestError" {
    return "InvalidRequestError";
  }
}

/** 401, also with a token just signed: the key, the issuer or the clock is wrong. */
export class AuthenticationError extends AppStoreConnectError {
  override get name(): "AuthenticationError" {
    return "AuthenticationError";
  }
}

/** 403: the key is valid but may not do this, or an agreement waits to be signed. */
export class PermissionError extends AppStoreConnectError {
  override get name(): "PermissionError" {
    return "PermissionError";
  }
}

/** 404: no such resource, or none that this account can see. */
export class NotFoundError extends AppStoreConnectError {
  override get name(): "NotFoundError" {
    return "NotFoundError";
  }
}

/** 409: the state of the resource forbids it, for example a package that exists already. */
export class ConflictError extends AppStoreConnectError {
  override get name(): "ConflictError" {
    return "ConflictError";
  }
}

/** 429 that waiting could not solve within the bounds set; `retryAfter` says when to try again. */
export class RateLimitError extends AppStoreConnectError {
  override get name(): "RateLimitError" {
    return "RateLimitError";
  }
}

/** 5xx, after all retries. */
export class ServerError extends AppStoreConnectError {
  override get name(): "ServerError" {
    return "ServerError";
  }
}

/** No answer: the connection could not be made or broke, after all retries. `cause` is what `fetch` threw. */
export class ConnectionError extends AppStoreConnectError {
  override get name(): "ConnectionError" {
    return "ConnectionError";
  }
}

/** No complete answer in time, after all retries; or `waitForCurrentVersion` found no version in time. */
export class TimeoutError extends AppStoreConnectError {
  /**
   * From `waitForCurrentVersion`: the version that was current at the last look, without its signed URL;
   * `undefined` if none was.
   */
  readonly lastSeen: components["schemas"]["AlternativeDistributionPackageVersion"] | undefined;

  constructor(message: string, facts: ErrorFacts & { readonly lastSeen?: TimeoutError["lastSeen"] }) {
    super(message, facts);
    this.lastSeen = facts.lastSeen;
  }

  override get name(): "TimeoutError" {
    return "TimeoutError";
  }
}

/** The class for an HTTP status. */
export function errorClass(status: number): typeof AppStoreConnectError {
  switch (status) {
    case 400:
    case 422:
      return InvalidRequestError;
    case 401:
      return AuthenticationError;
    case 403:
      return PermissionError;
    case 404:
      return NotFoundError;
    case 409:
      return ConflictError;
    case 429:
      return RateLimitError;
    default:
      return status >= 500 ? ServerError : AppStoreConnectError;
  }
}
