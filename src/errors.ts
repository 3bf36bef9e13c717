import type { components } from "../generated/paths.js";
import { checkObject } from "./checks.js";

/** One entry of Apple's `errors[]`. */
export type ApiError = NonNullable<components["schemas"]["ErrorResponse"]["errors"]>[number];

/** The facts of a failed call, as the constructor of {@link AppStoreConnectError} takes them. */
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
 * A call that failed. Each kind of failure has a subclass. `name` is the class name, so that code can switch on it
 * without `instanceof`, also where two copies of this package are installed.
 *
 * Neither the message nor any property contains the private key, the token or the query of a signed URL.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/interpreting-and-handling-errors
 */
export class AppStoreConnectError extends Error {
  // Declared only, because the constructor sets them all: fields would be in the bundle twice.
  /** HTTP status of the last response; `undefined` if none came. */
  declare readonly status: number | undefined;
  /** Apple's code of the first error, such as `ENTITY_ERROR.ATTRIBUTE.INVALID`; `undefined` if the response has none. */
  declare readonly code: string | undefined;
  /** All errors of Apple's response; empty if it has none. */
  declare readonly errors: readonly ApiError[];
  /** `X-Request-ID` of the response. Apple's support asks for it. */
  declare readonly requestId: string | undefined;
  /** HTTP method of the request, upper case. */
  declare readonly method: string;
  /** Path of the request without host and query. */
  declare readonly path: string;
  /** Seconds after which another call may succeed; `undefined` if not known. */
  declare readonly retryAfter: number | undefined;
  /** How many times the client sent the request or tried to. */
  declare readonly attempts: number;

  constructor(message: string, facts: ErrorFacts) {
    const { cause } = checkObject("facts", facts);
    super(message, cause === undefined ? undefined : { cause });
    this.status = facts.status;
    this.errors = facts.errors ?? [];
    this.code = this.errors.find((error) => typeof error.code === "string")?.code;
    this.requestId = facts.requestId;
    this.method = facts.method;
    this.path = facts.path;
    this.retryAfter = facts.retryAfter;
    this.attempts = facts.attempts;
  }

  // A getter on the prototype, so that the stack's first line has the name too.
  override get name(): string {
    return "AppStoreConnectError";
  }

  /**
   * Whether one of the errors has this code, compared dot by dot from the left: `hasCode("ENTITY_ERROR")`
   * is true for `ENTITY_ERROR.ATTRIBUTE.INVALID` and false for `ENTITY_ERRORS`.
   */
  hasCode(prefix: string): boolean {
    return this.errors.some(({ code }) => `${code}.`.startsWith(`${prefix}.`));
  }
}

/** 400 or 422: Apple rejects the request. `errors[].source` names the parameter or field. */
export class InvalidRequestError extends AppStoreConnectError {
  override get name(): "InvalidRequestError" {
    return "InvalidRequestError";
  }
}

/** 401, also with a new token: the key, the issuer id or this machine's clock is wrong. */
export class AuthenticationError extends AppStoreConnectError {
  override get name(): "AuthenticationError" {
    return "AuthenticationError";
  }
}

/** 403: the key is valid but has no permission, or the account has to accept an agreement. */
export class PermissionError extends AppStoreConnectError {
  override get name(): "PermissionError" {
    return "PermissionError";
  }
}

/** 404: the resource does not exist, or this account cannot see it. */
export class NotFoundError extends AppStoreConnectError {
  override get name(): "NotFoundError" {
    return "NotFoundError";
  }
}

/** 409: the state of the resource does not allow the call, for example because the package exists already. */
export class ConflictError extends AppStoreConnectError {
  override get name(): "ConflictError" {
    return "ConflictError";
  }
}

/** 429, after all retries and waits that the options allow. `retryAfter` says when to try again. */
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

/** No response, after all retries: no connection was made, or it broke. `cause` is what `fetch` threw. */
export class ConnectionError extends AppStoreConnectError {
  override get name(): "ConnectionError" {
    return "ConnectionError";
  }
}

/** No complete response in time, after all retries; or `waitForCurrentVersion` found no version in time. */
export class TimeoutError extends AppStoreConnectError {
  /**
   * From `waitForCurrentVersion`: the version that was current at the last request, without its signed URL;
   * `undefined` if there was none.
   */
  declare readonly lastSeen: components["schemas"]["AlternativeDistributionPackageVersion"] | undefined;

  constructor(message: string, facts: ErrorFacts & { readonly lastSeen?: TimeoutError["lastSeen"] }) {
    super(message, facts);
    this.lastSeen = facts.lastSeen;
  }

  override get name(): "TimeoutError" {
    return "TimeoutError";
  }
}

const CLASSES: Readonly<Record<number, typeof AppStoreConnectError>> = {
  400: InvalidRequestError,
  401: AuthenticationError,
  403: PermissionError,
  404: NotFoundError,
  409: ConflictError,
  422: InvalidRequestError,
  429: RateLimitError,
};

/** The class for an HTTP status. */
export function errorClass(status: number): typeof AppStoreConnectError {
  return CLASSES[status] ?? (status >= 500 ? ServerError : AppStoreConnectError);
}
