import { parseUrl } from "../parse-url.js";
import { isHourUsedUp, parseHttpDate, requestedWait } from "./headers.js";

/**
 * How an attempt failed that got no response. `refused`: no connection was made, so the server cannot have seen the
 * request. `broken`: the connection broke, or nothing came until the time-out, so the server may have acted.
 */
export type Failure = "refused" | "broken";

/** What to do after an attempt. */
export type Decision =
  /** The call ends: with the response, or with an error. */
  | ({ readonly kind: "end" } & Advice)
  /** Wait, then send the request again. */
  | { readonly kind: "retry"; readonly afterMs: number }
  /** Wait, then send the request again with a new token. */
  | { readonly kind: "renew token"; readonly afterMs: number }
  /** Send the request again at once to the URL that the server named. */
  | { readonly kind: "redirect"; readonly url: string };

/** What a caller can do about a failed call. */
export interface Advice {
  /** Seconds after which another call may work, where known. */
  readonly retryAfter?: number | undefined;
  /** The next step, for the error's message. */
  readonly hint?: string | undefined;
}

/** All that a decision depends on. */
export interface AttemptState {
  /** The response, if one came. */
  readonly response: Response | undefined;
  /** How the attempt failed, if no response came. */
  readonly failure: Failure | undefined;
  /** Where the request was sent. */
  readonly url: string;
  /** Sending the request twice does no harm: it is a GET, or its caller says so. */
  readonly repeatable: boolean;
  /** Whether the credentials can give another token. */
  readonly tokenRenewable: boolean;
  /** How often this call got a new token after a 401. */
  readonly tokenRenewals: number;
  /** Whether the API has accepted a token of these credentials before. */
  readonly tokenWorked: boolean;
  readonly redirects: number;
  readonly retries: number;
  readonly maxRetries: number;
  /** Ms waited between attempts so far. */
  readonly waited: number;
  /** Ms that may be waited in all. */
  readonly maxRetryWait: number;
  /** Local time, ms. */
  readonly now: number;
  /** For the jitter: 0 ≤ random < 1. */
  readonly random: number;
}

const MAX_REDIRECTS = 5;
const RETRIABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504]);
// Ms: the longest first wait, and the longest of all.
const BACKOFF_BASE = 500;
const BACKOFF_CAP = 8_000;
// Ms before a second new token, at least.
const TOKEN_PAUSE = 1_000;
// Seconds. An error does not mention a smaller difference between the clocks.
const CLOCK_DIFFERENCE = 60;

/** What to do after an attempt. Changes nothing: the caller acts on it. */
export function decide(state: AttemptState): Decision {
  const { response } = state;
  if (response?.ok) return { kind: "end" };
  if (response?.status === 401) {
    return renewTokenOrEnd(response, state);
  }
  if (response && isRedirect(response)) {
    const url = redirectUrl(response, state);
    return url === undefined ? { kind: "end" } : { kind: "redirect", url };
  }
  return retryOrEnd(state);
}

/** Apple answers 401 to valid tokens now and then: credentials that worked before get a second new token, after a pause. */
function renewTokenOrEnd(response: Response, state: AttemptState): Decision {
  const { tokenRenewable, tokenRenewals, tokenWorked, waited, maxRetryWait, random } = state;
  const afterMs = tokenRenewals === 0 ? 0 : TOKEN_PAUSE + Math.floor(random * TOKEN_PAUSE);
  const isAllowed = tokenRenewable && tokenRenewals < (tokenWorked ? 2 : 1);
  if (isAllowed && waited + afterMs <= maxRetryWait) return { kind: "renew token", afterMs };
  return { kind: "end", hint: credentialsHint(response, state.now) };
}

function retryOrEnd(state: AttemptState): Decision {
  const { response, retries, maxRetries, waited, maxRetryWait } = state;
  const hourUsedUp = response !== undefined && isHourUsedUp(response);
  const requested = response && requestedWait(response, state.now);
  const end = (wait: number | undefined): Decision => ({
    kind: "end",
    ...retryAdvice(wait, hourUsedUp),
  });
  if (!shouldRetry(state) || retries >= maxRetries) return end(requested);
  // No jitter where the server says how long to wait.
  const afterMs = requested ?? retryDelay(retries + 1, state.random);
  return waited + afterMs > maxRetryWait ? end(afterMs) : { kind: "retry", afterMs };
}

/** The advice to call again after `wait` ms; none if that is `undefined`. */
export function retryAdvice(wait: number | undefined, hourUsedUp: boolean): Advice {
  if (wait === undefined) return {};
  const retryAfter = Math.ceil(wait / 1000);
  const why = hourUsedUp ? "the requests of this hour are used up, " : "";
  return { retryAfter, hint: `${why}try again in ${retryAfter} s` };
}

/** Whether the request can be sent again after this attempt. */
export function shouldRetry({
  response,
  failure,
  repeatable,
}: Pick<AttemptState, "response" | "failure" | "repeatable">): boolean {
  // The server did nothing for a request that it answered with 429.
  if (failure === "refused" || response?.status === 429) return true;
  return repeatable && (response === undefined || RETRIABLE_STATUSES.has(response.status));
}

/** Ms to wait before retry number `retry` (from 1): exponential backoff with full jitter, by `random` (0 ≤ random < 1). */
export function retryDelay(retry: number, random: number): number {
  return Math.floor(random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (retry - 1)));
}

/** Whether a response sends the client to another URL. */
export function isRedirect({ status, type }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304);
}

/** The URL in a response's `Location`. */
export function redirectTarget(response: Response, url: string): URL | undefined {
  return parseUrl(response.headers.get("location"), url);
}

/** Where a redirect leads, if it may be followed: any other origin would receive the token. */
function redirectUrl(response: Response, { url, repeatable, redirects }: AttemptState): string | undefined {
  const target = redirectTarget(response, url);
  if (!target || !repeatable || redirects >= MAX_REDIRECTS) return undefined;
  // A URL with a password begins differently: fetch refuses it, and its error shows the whole URL.
  return target.href.startsWith(`${new URL(url).origin}/`) ? target.href : undefined;
}

/** What to check after the last 401, with the clock's difference if it is large. */
function credentialsHint(response: Response, now: number): string {
  const serverTime = parseHttpDate(response.headers.get("date")) ?? now;
  const ahead = Math.round((now - serverTime) / 1000);
  const difference = Math.abs(ahead);
  const clock =
    difference < CLOCK_DIFFERENCE
      ? ""
      : ` (it is ${difference} s ${ahead > 0 ? "ahead of" : "behind"} the server's)`;
  return `check that the key is active, keyId, issuerId (none for an individual key) and this machine's clock${clock}`;
}
