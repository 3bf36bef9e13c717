/**
 * Apple limits the calls of an API key: 3,500 an hour, and some hundreds a minute that it does not document. The client
 * keeps to that within one process. Here all workers of one key share the limits, through one row in the database.
 *
 * Why the database, and not one process that makes all calls: the database is needed anyway, a second service could fail on its
 * own, and a call costs two small updates (`npm run bench -- marketplace` measures them), while the hour allows one call a second.
 *
 * A call that has to wait long gets the answer that Apple would give, 429 with Retry-After, without being sent. The client
 * knows what to do then: it waits, or throws a RateLimitError, and the job is postponed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "./database.js";

export interface ApiLimitOptions {
  readonly database: Database;
  /** The id of the API key. */
  readonly keyId: string;
  /** Calls a minute, of all workers. Default 300. */
  readonly perMinute?: number | undefined;
}

/** The longest wait before a call is sent, in seconds. The client's time limit for a call includes it. */
const LONGEST_WAIT = 5;
/** After a time without calls, the calls of this many seconds may start together. */
const BURST = 5;
/**
 * Seconds of pause after a 429 without Retry-After: after the minute's limit, and after the hour's, which is a rolling one, so
 * some calls are allowed again soon. With Retry-After, a pause is from 1 s, or all workers would call again at once, to the longest.
 */
const PAUSE = { minute: 30, hour: 300, longest: 3_600 };

/** A `fetch` for the API client. */
export function createLimitedFetch({ database, keyId, perMinute = 300 }: ApiLimitOptions) {
  const interval = 60 / perMinute;

  /** Takes the next start, and returns the seconds until then; `undefined` if that is long. */
  async function reserve(): Promise<number | undefined> {
    const [taken] = await database.sql<{ wait: number }>`
      insert into marketplace.api_limits as l (key_id, next_start) values (${keyId}, clock_timestamp())
      on conflict (key_id) do update set next_start =
        greatest(l.next_start, clock_timestamp() - ${BURST} * interval '1 s') + ${interval} * interval '1 s'
      where l.paused_until <= clock_timestamp() and l.next_start < clock_timestamp() + ${LONGEST_WAIT} * interval '1 s'
      returning extract(epoch from next_start - clock_timestamp())::float8 as wait`;
    return taken && Math.max(0, taken.wait - interval);
  }

  async function refuse(): Promise<Response> {
    const [row] = await database.sql<{ seconds: number }>`
      select ceil(extract(epoch from greatest(paused_until, next_start) - clock_timestamp()))::int as seconds
      from marketplace.api_limits where key_id = ${keyId}`;
    const headers = { "retry-after": `${Math.max(1, row?.seconds ?? 1)}` };
    return new Response("The workers of this key wait for its limits", { status: 429, headers });
  }

  /** Saves what the answer says about the limits, for all workers and for the page. */
  async function learn({ status, headers }: Response): Promise<void> {
    const [, limit, remaining] =
      /user-hour-lim:(\d{1,9});user-hour-rem:(\d{1,9})/.exec(headers.get("x-rate-limit") ?? "") ?? [];
    const named = Number(headers.get("retry-after") ?? Number.NaN);
    const usual = remaining === "0" ? PAUSE.hour : PAUSE.minute;
    const pause = Number.isFinite(named) ? Math.min(Math.max(named, 1), PAUSE.longest) : usual;
    await database.sql`update marketplace.api_limits set
      hour_limit = coalesce(${limit}, hour_limit), hour_remaining = coalesce(${remaining}, hour_remaining),
      paused_until = greatest(paused_until, now() + ${status === 429 ? pause : 0} * interval '1 s')
      where key_id = ${keyId}`;
  }

  return async (url: string, init: RequestInit): Promise<Response> => {
    const wait = await reserve();
    if (wait === undefined) return refuse();
    await sleep(wait * 1_000, undefined, init.signal ? { signal: init.signal } : {});
    const response = await fetch(url, init);
    await learn(response);
    return response;
  };
}
