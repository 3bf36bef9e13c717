/** How an attempt failed. */
export type Failure =
  /** The server answered with this status. */
  | { readonly kind: "status"; readonly status: number }
  /** The connection was never made: the server cannot have seen the request. */
  | { readonly kind: "refused" }
  /** The connection broke, or stalled until the time-out: the server may have acted. */
  | { readonly kind: "broken" };

const RETRIABLE = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Whether to send a request again after this failure. `repeatable`: sending it twice does no harm (a GET, or
 * a POST whose caller copes with the second answer).
 */
export function shouldRetry(failure: Failure, repeatable: boolean): boolean {
  switch (failure.kind) {
    case "refused":
      return true;
    case "broken":
      return repeatable;
    case "status":
      // A 429 was turned away at the door: nothing was done.
      return failure.status === 429 || (repeatable && RETRIABLE.has(failure.status));
  }
}

const BACKOFF_BASE = 500;
const BACKOFF_CAP = 8_000;

/** Ms to wait before retry number `retry` (from 1): exponential with full jitter, by `random` (0 ≤ random < 1). */
export function backoff(retry: number, random: number): number {
  return Math.floor(random * Math.min(BACKOFF_CAP, BACKOFF_BASE * 2 ** (retry - 1)));
}

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Ms since 1970 of an HTTP date, `undefined` if it is none. `Date.parse` alone takes "-5" for a year. */
export function parseHttpDate(header: string | null): number | undefined {
  if (header === null || !HTTP_DATE.test(header)) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Ms to wait by a `Retry-After` of seconds or an HTTP date, 0 for a date gone by; `undefined` if it is neither.
 * `now` (ms) is the server's time, or the best guess at it.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const value = header.trim();
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}
