import { parseRateLimit } from "./rate-limit.js";
import { backoff, type Failure, parseHttpDate, parseRetryAfter, shouldRetry } from "./retry.js";

/** What follows from a failed attempt: wait (ms) and try again, or give up. */
export interface Verdict {
  /** Ms to wait before the next attempt; absent if there is none. */
  readonly wait?: number;
  /** Seconds after which another call could work, where known. */
  readonly retryAfter?: number | undefined;
  /** What the caller can do about it. */
  readonly hint?: string | undefined;
}

/** All that the verdict on a failed attempt depends on. */
export interface Case {
  readonly failure: Failure;
  /** The answer, if one came. */
  readonly response: Response | undefined;
  readonly repeatable: boolean;
  /** Retries made and allowed. */
  readonly retries: number;
  readonly maxRetries: number;
  /** Ms waited between attempts, and allowed. */
  readonly waited: number;
  readonly maxRetryWait: number;
  /** Local time, ms. */
  readonly now: number;
  /** For the jitter: from 0 up to 1. */
  readonly random: number;
}

const HOUR = 3_600_000;
// Below this a clock is not worth a word in an error message.
const CLOCK_IS_OFF = 60_000;

/** Whether a 429 says that the hour's requests are used up: then nothing but time helps. */
export function isHourUsedUp(response: Response): boolean {
  return response.status === 429 && parseRateLimit(response.headers.get("x-rate-limit"), 0)?.remaining === 0;
}

/** Ms for which the server asked to be left alone, by its own clock where it tells the time. */
export function askedWait(response: Response, now: number): number | undefined {
  const serverTime = parseHttpDate(response.headers.get("date")) ?? now;
  return parseRetryAfter(response.headers.get("retry-after"), serverTime);
}

/** The verdict on anything but a 401 and a redirect. */
export function judge(failed: Case): Verdict {
  const { response, retries, waited } = failed;
  const hourUsedUp = response !== undefined && isHourUsedUp(response);
  const asked = (response && askedWait(response, failed.now)) ?? (hourUsedUp ? HOUR : undefined);
  const giveUp = (wait: number | undefined): Verdict => {
    if (wait === undefined) return {};
    const retryAfter = Math.ceil(wait / 1000);
    const why = hourUsedUp ? "the requests of this hour are used up, " : "";
    return { retryAfter, hint: `${why}try again in ${retryAfter} s` };
  };
  if (!shouldRetry(failed.failure, failed.repeatable) || retries >= failed.maxRetries) return giveUp(asked);
  // A server's own timing gets no jitter.
  const wait = asked ?? backoff(retries + 1, failed.random);
  return waited + wait > failed.maxRetryWait ? giveUp(wait) : { wait };
}

/** The verdict on a token refused for good: what to check, the clock included. */
export function judgeRefusal(response: Response, now: number): Verdict {
  const serverTime = parseHttpDate(response.headers.get("date")) ?? now;
  const ahead = Math.round((now - serverTime) / 1000);
  const off = Math.abs(now - serverTime) >= CLOCK_IS_OFF;
  const clock = off ? ` (it is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead of" : "behind"} the server's)` : "";
  return {
    hint: `check that the key is active, keyId, issuerId (none for an individual key) and this machine's clock${clock}`,
  };
}
