/** Apple's hourly limit as last seen. */
export interface RateLimit {
  /** Requests allowed in a rolling hour. */
  readonly limit: number;
  /** Requests left of them. */
  readonly remaining: number;
  /** When this was seen, by the local clock. */
  readonly at: Date;
}

const HOUR_LIMIT = /(?:^|;)\s*user-hour-lim\s*:\s*(\d{1,9})\s*(?:;|$)/i;
const HOUR_REMAINING = /(?:^|;)\s*user-hour-rem\s*:\s*(\d{1,9})\s*(?:;|$)/i;

/**
 * The value of `X-Rate-Limit`, as in `user-hour-lim:3500;user-hour-rem:500;`. Its fields are found by name, in any
 * order. `undefined` if one of the two is missing or is not a number.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/identifying-rate-limits
 */
export function parseRateLimit(header: string | null, now: number): RateLimit | undefined {
  if (header === null) return undefined;
  const limit = HOUR_LIMIT.exec(header)?.[1];
  const remaining = HOUR_REMAINING.exec(header)?.[1];
  if (limit === undefined || remaining === undefined) return undefined;
  return { limit: Number(limit), remaining: Number(remaining), at: new Date(now) };
}

// Date.parse alone takes "-5" for a year.
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Ms since 1970 of an HTTP date; `undefined` for anything else. */
export function parseHttpDate(header: string | null): number | undefined {
  if (header === null || !HTTP_DATE.test(header)) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Ms to wait by a `Retry-After` of seconds or an HTTP date, 0 for a date in the past; `undefined` for anything else.
 * `now` (ms) is the server's time where it is known.
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const value = header.trim();
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}

const HOUR = 3_600_000;

/**
 * Ms that a response asks to wait: its `Retry-After`, measured by the server's `Date`, or an hour if it says that no
 * request of this hour is left.
 */
export function requestedWait(response: Response, now: number): number | undefined {
  const { headers } = response;
  const serverTime = parseHttpDate(headers.get("date")) ?? now;
  return (
    parseRetryAfter(headers.get("retry-after"), serverTime) ?? (isHourUsedUp(response) ? HOUR : undefined)
  );
}

/** Whether a response says that no request of this hour is left: then only waiting helps. */
export function isHourUsedUp(response: Response): boolean {
  return response.status === 429 && parseRateLimit(response.headers.get("x-rate-limit"), 0)?.remaining === 0;
}
