import { server } from "../generated/endpoints.js";
import { type ApiKey, checkToken } from "./auth.js";
import { checkDuration, checkFunction, checkNumber, checkText, kindOf, optionError, show } from "./checks.js";
import type { Fetch } from "./http/attempt.js";
import type { OperationId } from "./http/url.js";
import { readPrivateKey } from "./private-key.js";

/** What `onAttempt` is told: one attempt of one call, never a token, a key or a query. */
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

/** A token made elsewhere: a string is used as it is, a function is asked once per call and again after a 401. */
export interface GivenToken {
  readonly token: string | (() => string | Promise<string>);
}

/** Everything about the client but its credentials. */
export interface ConnectionOptions {
  /** Where the API is, default Apple's host. A path is kept, so that a proxy can stand under one. */
  readonly baseUrl?: string | undefined;
  /** Called as `(url, init)` once per attempt; default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** Ms one attempt may take, body included; default 30 000. */
  readonly timeout?: number | undefined;
  /** How often a call is tried again after its first attempt; default 5. */
  readonly maxRetries?: number | undefined;
  /** Ms that the waits between the attempts of one call may take together; default 60 000. */
  readonly maxRetryWait?: number | undefined;
  /** Sent as `User-Agent`. */
  readonly userAgent?: string | undefined;
  /** Told of each attempt, for logs and metrics. What it throws is ignored. */
  readonly onAttempt?: ((event: AttemptEvent) => void) | undefined;
}

/** What {@link createClient} takes: an API key or a token, and how to connect. */
export type ClientOptions = (ApiKey | GivenToken) & ConnectionOptions;

/** What every method takes as its last argument. */
export interface CallOptions {
  /** Ends the call, its waits included, at once; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ms one attempt may take; default: the client's. */
  readonly timeout?: number | undefined;
  /** How often the call is tried again; default: the client's. */
  readonly maxRetries?: number | undefined;
  /** More request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The options checked, with their defaults. */
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

/** Checks the options that a client and a single call share. */
export function checkLimits(options: { readonly timeout?: unknown; readonly maxRetries?: unknown }) {
  if (options.timeout !== undefined) checkDuration("timeout", options.timeout);
  if (options.maxRetries !== undefined)
    checkNumber("maxRetries", options.maxRetries, { min: 0, max: 100, whole: true });
}

function checkKey(key: ApiKey): ApiKey {
  checkText("keyId", key.keyId, "the API key's id");
  if (key.issuerId !== undefined) {
    checkText("issuerId", key.issuerId, "a non-empty string, or nothing for an individual key");
  }
  if (key.tokenLifetime !== undefined)
    checkNumber("tokenLifetime", key.tokenLifetime, { min: 1, max: 1200, unit: "s", whole: true });
  const { scope } = key;
  if (scope !== undefined) {
    const fits = Array.isArray(scope) && scope.every((entry) => /^[A-Z]+ \/\S*$/.test(`${entry}`));
    if (!fits) throw optionError("scope", 'a list of entries like "GET /v1/path?query"', show(scope));
  }
  readPrivateKey(key.privateKey);
  // Field by field: what else stands in the options is not part of the key.
  const { keyId, issuerId, privateKey, tokenLifetime } = key;
  return { keyId: keyId.trim(), issuerId: issuerId?.trim(), privateKey, tokenLifetime, scope };
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
  const refuse = (got: string) =>
    optionError("baseUrl", "an http(s) URL without user, password, query and fragment", got);
  if (typeof baseUrl !== "string" || !URL.canParse(baseUrl)) throw refuse(show(baseUrl));
  const url = new URL(baseUrl);
  // A password or a query may be a secret: the message does not repeat it.
  if (url.username || url.password || /[?#]/.test(baseUrl)) throw refuse("one with such a part");
  if (!/^https?:$/.test(url.protocol)) throw refuse(show(baseUrl));
  return url.href.replace(/\/+$/, "");
}

/**
 * Checks what {@link createClient} was given and fills in the defaults.
 *
 * @throws TypeError naming the option and what it should be.
 */
export function readOptions(options: ClientOptions): Settings {
  if (typeof options !== "object" || options === null)
    throw optionError("options", "an object", kindOf(options));
  const {
    baseUrl = server,
    fetch,
    timeout,
    maxRetries,
    maxRetryWait = 60_000,
    userAgent,
    onAttempt,
  } = options;
  checkLimits({ timeout, maxRetries });
  checkDuration("maxRetryWait", maxRetryWait, 0);
  if (fetch !== undefined) checkFunction("fetch", fetch);
  if (onAttempt !== undefined) checkFunction("onAttempt", onAttempt);
  if (userAgent !== undefined && !(typeof userAgent === "string" && HEADER_TEXT.test(userAgent))) {
    throw optionError("userAgent", "printable ASCII text", show(userAgent));
  }
  return {
    credentials: checkCredentials(options),
    baseUrl: checkBaseUrl(baseUrl),
    // Looked up at each call, so that it does not matter whether msw starts before or after the client is made.
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
    timeout: timeout ?? 30_000,
    maxRetries: maxRetries ?? 5,
    maxRetryWait,
    userAgent,
    onAttempt,
  };
}
