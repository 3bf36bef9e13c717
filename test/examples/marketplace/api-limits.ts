/**
 * Apple limits the calls of an API key: 3,500 an hour, and some hundreds a minute that it does not document. The client
 * keeps to that within one process. Here all workers of one key share it, through one row in the database.
 *
 * Why the database, and not one process that makes all calls: it is there already, it does not fail alone, and a call costs
 * one small update (`npm run bench -- marketplace` measures it), where the hour allows one call a second.
 *
 * A call that has to wait long gets the answer that Apple would give, 429 with Retry-After, without being sent. The client
 * knows what to do then: it waits, or throws a RateLimitError, and the job is postponed.
 */
import type { Database } from "./database.js";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ApiLimitOptions {
  readonly database: Database;
  /** The id of the API key. */
  readonly keyId: string;
  /** Calls a minute, of all workers. Default 300. */
  readonly perMinute?: number | undefined;
  /** Sends the calls. Default: the global fetch. */
  readonly fetch?: Fetch | undefined;
}

/** A wait in ms that is waited here. The client's time-out for a call goes on meanwhile. */
const LONGEST_WAIT = 5_000;
/** Calls that may start at once after a quiet time, in seconds of calls. */
const BURST = 5;
/** Seconds of pause after a 429 without Retry-After. The hour is a rolling one: some calls are allowed again soon. */
const PAUSE = { minute: 30, hour: 300 };

/** A `fetch` for the API client. */
export function createLimitedFetch({ database, keyId, perMinute = 300, fetch }: ApiLimitOptions): Fetch {
  const send: Fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
  const interval = 60 / perMinute;

  /** Takes the next start, and returns the ms until then; or the seconds of a long wait, for which nothing is taken. */
  async function reserve(): Promise<{ readonly wait: number } | { readonly retryAfter: number }> {
    const [row] = await database.query<{ wait: number }>(
      `insert into marketplace.api_limits as l (key_id, next_start) values ($1, clock_timestamp())
       on conflict (key_id) do update
       set next_start = greatest(l.next_start, clock_timestamp() - $3 * interval '1 s') + $2 * interval '1 s'
       where l.paused_until <= clock_timestamp() and l.next_start < clock_timestamp() + $4 * interval '1 ms'
       returning (extract(epoch from next_start - clock_timestamp()) * 1000)::float8 as wait`,
      [keyId, interval, BURST, LONGEST_WAIT],
    );
    if (row) return { wait: Math.max(0, row.wait - interval * 1000) };
    const [closed] = await database.query<{ seconds: number }>(
      `select ceil(extract(epoch from greatest(paused_until, next_start) - clock_timestamp()))::int as seconds
       from marketplace.api_limits where key_id = $1`,
      [keyId],
    );
    return { retryAfter: Math.max(1, closed?.seconds ?? 1) };
  }

  /** Writes down what the answer says about the limits, for all workers and for the page. */
  async function learn({ status, headers }: Response): Promise<void> {
    const [, limit, remaining] = /user-hour-lim:(\d+);user-hour-rem:(\d+)/.exec(headers.get("x-rate-limit") ?? "") ?? [];
    const named = Number(headers.get("retry-after") ?? Number.NaN);
    const pause = Number.isFinite(named) ? named : remaining === "0" ? PAUSE.hour : PAUSE.minute;
    await database.query(
      `update marketplace.api_limits set seen_at = now(), hour_limit = coalesce($2, hour_limit), hour_remaining = coalesce($3, hour_remaining),
         paused_until = greatest(paused_until, now() + $4 * interval '1 s')
       where key_id = $1`,
      [keyId, limit ?? null, remaining ?? null, status === 429 ? pause : 0],
    );
  }

  return async (url, init) => {
    const slot = await reserve();
    if ("retryAfter" in slot) return tooManyRequests(slot.retryAfter);
    if (slot.wait > 0) await sleep(slot.wait, init.signal);
    const response = await send(url, init);
    await learn(response);
    return response;
  };
}

function tooManyRequests(retryAfter: number): Response {
  const error = { status: "429", code: "RATE_LIMIT_EXCEEDED", title: "The workers of this key wait for its limits" };
  return Response.json({ errors: [error] }, { status: 429, headers: { "retry-after": `${retryAfter}` } });
}

function sleep(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
