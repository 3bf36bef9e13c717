/** Apple's hourly limit as last seen. */
export interface RateLimit {
  /** Requests allowed in a rolling hour. */
  readonly limit: number;
  /** Requests left of them. */
  readonly remaining: number;
  /** When this was seen, by the local clock. */
  readonly at: Date;
}

const FORM = /^\s*user-hour-lim:(\d{1,9})\s*;\s*user-hour-rem:(\d{1,9})\s*(?:;|$)/;

/**
 * The value of `X-Rate-Limit`, as in `user-hour-lim:3500;user-hour-rem:500;`; `undefined` if it has not that form.
 *
 * @see https://developer.apple.com/documentation/appstoreconnectapi/identifying-rate-limits
 */
export function parseRateLimit(header: string | null, now: number): RateLimit | undefined {
  const [, limit, remaining] = (header !== null && FORM.exec(header)) || [];
  if (limit === undefined || remaining === undefined) return undefined;
  return { limit: Number(limit), remaining: Number(remaining), at: new Date(now) };
}
