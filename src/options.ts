import { server } from "../generated/endpoints.js";
import { type ApiKey, checkToken } from "./auth.js";
import {
  checkDuration,
  checkFunction,
  checkNumber,
  checkObject,
  kindOf,
  optionError,
  show,
} from "./checks.js";
import { checkCleanId } from "./clean-text.js";
import type { AttemptInit, Fetch } from "./http/attempt.js";
import type { OperationId } from "./http/url.js";
import { parseUrl } from "./parse-url.js";

/** One attempt of one call, as `onAttempt` gets it. It contains no token, key or query. */
export interface AttemptEvent {
  /** Apple's operationId; `undefined` for a path outside the covered operations. */
  readonly operation: OperationId | undefined;
  /** HTTP method, upper case. */
  readonly method: string;
  /** Path without host and query. */
  readonly path: string;
  /** 1 for the first attempt of the call. */
  readonly attempt: number;
  /** HTTP status; `undefined` where no response came. */
  readonly status: number | undefined;
  /** What broke, in one line; `undefined` where a response came. */
  readonly error: string | undefined;
  /** Ms from sending to the end of the body. */
  readonly durationMs: number;
  /** Ms until the next attempt; `undefined` if there is none. */
  readonly retryInMs: number | undefined;
  /** The response's `X-Request-ID`. */
  readonly requestId: string | undefined;
}

/** A token that something else signs. */
export interface GivenToken {
  /**
   * A string is used as it is. A function is called once per call and again after a 401; it can cache, and can be called
   * by several calls at once.
   */
  readonly token: string | (() => string | Promise<string>);
}

/** How a client connects. */
export interface ConnectionOptions {
  /**
   * URL of the API. A path in it is kept, for a proxy that serves the API below one.
   *
   * @default Apple's host
   */
  readonly baseUrl?: string | undefined;
  /**
   * Called as `(url, init)`, once per attempt.
   *
   * @default the global `fetch`, looked up at each attempt
   */
  readonly fetch?: Fetch | undefined;
  /**
   * Ms that one attempt may take, body included. A call may take longer: all its attempts, and `maxRetryWait`.
   *
   * @default 30_000
   */
  readonly timeout?: number | undefined;
  /**
   * How often a call is sent again after a failed attempt, within `maxRetryWait`. A new token after a 401 and a followed
   * redirect do not count.
   *
   * @default 5
   */
  readonly maxRetries?: number | undefined;
  /**
   * Ms that one call may wait between its attempts, all waits together. A wait that would exceed it is not started: the
   * call fails, and the error's `retryAfter` says how long it would have been.
   *
   * @default 60_000
   */
  readonly maxRetryWait?: number | undefined;
  /** Sent as `User-Agent`. */
  readonly userAgent?: string | undefined;
  /** Called after each attempt, for logs and metrics. Errors that it throws are ignored. */
  readonly onAttempt?: ((event: AttemptEvent) => void) | undefined;
}

/** Options of {@link createClient}: an API key or a token, and how to connect. */
export type ClientOptions = (ApiKey | GivenToken) & ConnectionOptions;

/** Options of one call: the last argument of every method. */
export interface CallOptions {
  /** Ends the call at once, also while it waits. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Ms that one attempt may take.
   *
   * @default the client's `timeout`
   */
  readonly timeout?: number | undefined;
  /**
   * How often the call is sent again after a failed attempt.
   *
   * @default the client's `maxRetries`
   */
  readonly maxRetries?: number | undefined;
  /** More request headers. `authorization` is ignored: it is the client's. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The client's options after their check, with defaults filled in. */
export interface Settings {
  readonly credentials: ApiKey | GivenToken;
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly maxRetryWait: number;
  readonly userAgent: string | undefined;
  readonly onAttempt: ((event: AttemptEvent) => void) | undefined;
}

const HEADER_TEXT = /^[\t\x20-\x7e]+$/;

/** Checks the limits that a client and a single call share. */
export function checkLimits(options: { readonly timeout?: unknown; readonly maxRetries?: unknown }) {
  if (options.timeout !== undefined) checkDuration("timeout", options.timeout);
  if (options.maxRetries !== undefined)
    checkNumber("maxRetries", options.maxRetries, { min: 0, max: 100, whole: true });
}

function checkKey(key: ApiKey): ApiKey {
  const keyId = checkCleanId("keyId", key.keyId, "the API key's id");
  const expectedIssuer = "the issuer's id, or nothing for an individual key";
  const issuerId =
    key.issuerId === undefined ? undefined : checkCleanId("issuerId", key.issuerId, expectedIssuer);
  if (key.tokenLifetime !== undefined)
    checkNumber("tokenLifetime", key.tokenLifetime, { min: 1, max: 1200, unit: "s", whole: true });
  const { scope } = key;
  if (scope !== undefined) {
    const fits = Array.isArray(scope) && scope.every((entry) => /^[A-Z]+ \/\S*$/.test(`${entry}`));
    if (!fits) throw optionError("scope", 'a list of entries like "GET /v1/path?query"', show(scope));
  }
  // Field by field, because the options have more fields than the key. The private key is checked where it is read.
  const { privateKey, tokenLifetime } = key;
  return { keyId, issuerId, privateKey, tokenLifetime, scope };
}

function checkCredentials(options: Partial<ApiKey & GivenToken>): ApiKey | GivenToken {
  const { keyId, privateKey, token } = options;
  if (token === undefined) return checkKey(options as ApiKey);
  if (keyId !== undefined || privateKey !== undefined) {
    throw optionError("token", "either a token or an API key (keyId, privateKey)", "both");
  }
  return { token: typeof token === "function" ? token : checkToken(token) };
}

function checkBaseUrl(baseUrl: unknown): string {
  if (typeof baseUrl !== "string") throw optionError("baseUrl", "a string", kindOf(baseUrl));
  const refuse = (got: string) =>
    optionError("baseUrl", "an http(s) URL without user, password, query and fragment", got);
  const url = parseUrl(baseUrl);
  // A password or a query may be a secret: the message does not repeat it, also where the text is no URL because of it.
  const hasUser = url ? url.username || url.password : baseUrl.includes("@");
  if (hasUser || /[?#]/.test(baseUrl)) throw refuse("one with such a part");
  if (!url || !/^https?:$/.test(url.protocol)) throw refuse(show(baseUrl));
  return url.href.replace(/\/+$/, "");
}

/**
 * Checks the options of {@link createClient} and fills in the defaults.
 *
 * @throws TypeError naming the option and what it should be.
 */
export function readClientOptions(options: ClientOptions): Settings {
  const {
    baseUrl = server,
    // Looked up at each attempt, so that msw may start after the client was made.
    fetch = (url: string, init: AttemptInit) => globalThis.fetch(url, init),
    timeout = 30_000,
    maxRetries = 5,
    maxRetryWait = 60_000,
    userAgent,
    onAttempt,
  } = checkObject("options", options);
  checkLimits({ timeout, maxRetries });
  checkDuration("maxRetryWait", maxRetryWait, 0);
  checkFunction("fetch", fetch);
  if (onAttempt !== undefined) checkFunction("onAttempt", onAttempt);
  if (userAgent !== undefined && !(typeof userAgent === "string" && HEADER_TEXT.test(userAgent))) {
    throw optionError("userAgent", "printable ASCII text", show(userAgent));
  }
  return {
    credentials: checkCredentials(options),
    baseUrl: checkBaseUrl(baseUrl),
    fetch,
    timeout,
    maxRetries,
    maxRetryWait,
    userAgent,
    onAttempt,
  };
}
