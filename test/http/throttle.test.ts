import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/client.js";
import { RateLimitError } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, resource } from "../support/documents.js";
import { VirtualClock } from "../support/virtual-clock.js";

const HOUR_HAS_ROOM = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:2000;" };
const tooMany = (headers: Record<string, string> = HOUR_HAS_ROOM) =>
  json(errors(429, "RATE_LIMIT_EXCEEDED"), { status: 429, headers });

/** Ways in which a server can mean "300 a minute": whether it takes a request at `now` (ms). */
const serversOf300AMinute = {
  "a rolling minute": () => {
    const taken: number[] = [];
    return (now: number) => {
      while ((taken[0] ?? now) <= now - 60_000) taken.shift();
      return taken.length < 300 && taken.push(now) > 0;
    };
  },
  "minutes of the clock": () => {
    const taken = new Map<number, number>();
    return (now: number) => {
      const minute = Math.floor(now / 60_000);
      const count = (taken.get(minute) ?? 0) + 1;
      taken.set(minute, count);
      return count <= 300;
    };
  },
  "a bucket of 20 that fills up": () => {
    let tokens = 20;
    let last = 0;
    return (now: number) => {
      tokens = Math.min(20, tokens + (last && (now - last) / 200));
      last = now;
      if (tokens < 1) return false;
      tokens--;
      return true;
    };
  },
};

describe("a server that allows 300 calls a minute and 20 at once", () => {
  const cases = Object.keys(serversOf300AMinute).flatMap((kind) => [
    [kind, undefined] as const,
    [kind, "5"] as const,
  ]);

  test.each(cases)(
    "gets 1,000 calls at concurrency 50 through, by %s, Retry-After %s",
    async (kind, retryAfter) => {
      const clock = new VirtualClock();
      const takes = serversOf300AMinute[kind as keyof typeof serversOf300AMinute]();
      let atOnce = 0;
      let wasted = 0;
      const fetch = async () => {
        atOnce++;
        const refused = atOnce > 20 || !takes(clock.now());
        await clock.sleep(50 + 100 * clock.random());
        atOnce--;
        if (!refused) return json(resource(), { headers: HOUR_HAS_ROOM });
        wasted++;
        return tooMany({ ...HOUR_HAS_ROOM, ...(retryAfter && { "retry-after": retryAfter }) });
      };
      const client = connect({ token: "t", fetch }, clock);
      const started = clock.time;
      let left = 1000;
      const worker = async () => {
        while (left-- > 0) await client.versions.get("1");
      };
      await clock.run(Promise.all(Array.from({ length: 50 }, worker)));
      expect(wasted).toBeLessThanOrEqual(100);
      // 1,000 calls at 300 a minute take 140 to 200 s at best: the queue must not be much slower.
      expect(clock.time - started).toBeLessThan(420_000);
      expect(clock.pending).toBe(0);
    },
  );
});

describe("a burst that gets a 429", () => {
  test("slows the calls of the whole client, and speeds up again", async () => {
    const { client, sent, clock } = clientOver((_, n) =>
      n === 0 ? tooMany({ ...HOUR_HAS_ROOM, "retry-after": "10" }) : json(resource()),
    );
    const starts: number[] = [];
    const begin = clock.time;
    await clock.run(
      Promise.all([
        client.versions.get("1"),
        (async () => {
          await clock.sleep(1);
          await client.versions.get("2");
          starts.push(clock.time - begin);
        })(),
      ]),
    );
    expect(starts[0]).toBeGreaterThanOrEqual(10_000);
    const before = clock.time;
    await clock.run(Promise.all(Array.from({ length: 40 }, () => client.versions.get("3"))));
    expect(clock.time).toBe(before);
    expect(sent).toHaveLength(43);
  });

  test("does not count the wait in the queue as a retry wait", async () => {
    const refused = new Set<string>();
    const { client, clock } = clientOver(({ url }) => {
      if (refused.has(url)) return json(resource());
      refused.add(url);
      if (url.endsWith("/1")) return tooMany({ ...HOUR_HAS_ROOM, "retry-after": "40" });
      return json(errors(503, "X"), { status: 503, headers: { "retry-after": "30" } });
    });
    const begin = clock.time;
    const first = client.versions.get("1");
    await setImmediate();
    await clock.run(Promise.all([first, client.versions.get("2")]));
    expect(clock.time - begin).toBeGreaterThanOrEqual(70_000);
  });

  test("frees a queued call at once when its signal aborts", async () => {
    const { client, clock, sent } = clientOver((_, n) =>
      n === 0 ? tooMany({ ...HOUR_HAS_ROOM, "retry-after": "40" }) : json(resource()),
    );
    const abort = new AbortController();
    const first = client.versions.get("1");
    await setImmediate();
    const second = client.versions.get("2", undefined, { signal: abort.signal });
    await setImmediate();
    abort.abort("enough");
    expect(await failure(second)).toBe("enough");
    await clock.run(first);
    expect(sent).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});

test("slows down although Retry-After is 0", async () => {
  const clock = new VirtualClock();
  const takes = serversOf300AMinute["a rolling minute"]();
  let sent = 0;
  const fetch = async () => {
    sent++;
    const refused = !takes(clock.now());
    await clock.sleep(50 + 100 * clock.random());
    return refused ? tooMany({ ...HOUR_HAS_ROOM, "retry-after": "0" }) : json(resource());
  };
  const client = connect({ token: "t", fetch }, clock);
  await clock.run(
    Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let i = 0; i < 20; i++) await client.versions.get("1");
      }),
    ),
  );
  expect(sent).toBeLessThan(1100);
});

test("takes its rate from the burst, not from the idle hours before", async () => {
  const clock = new VirtualClock();
  const takes = serversOf300AMinute["a rolling minute"]();
  const fetch = async () => {
    const refused = !takes(clock.now());
    await clock.sleep(100);
    return refused ? tooMany() : json(resource());
  };
  const client = connect({ token: "t", fetch }, clock);
  for (let i = 0; i < 100; i++) {
    await clock.run(client.versions.get("1"));
    clock.time += 60_000;
  }
  const begin = clock.time;
  await clock.run(Promise.all(Array.from({ length: 400 }, () => client.versions.get("1"))));
  expect(clock.time - begin).toBeLessThan(150_000);
});

test("counts calls that get a 429 together once, and soon tries again", async () => {
  const { client, clock } = clientOver((_, n) => (n < 16 ? tooMany() : json(resource())));
  const begin = clock.time;
  await clock.run(Promise.all(Array.from({ length: 16 }, () => client.versions.get("1"))));
  expect(clock.time - begin).toBeLessThan(2000);
});

describe("an hour used up", () => {
  test("is an error with the time to wait, and does not slow the client", async () => {
    const { client, clock, sent } = clientOver((_, n) =>
      n === 0 ? tooMany({ "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;" }) : json(resource()),
    );
    const error = await failure(client.versions.get("1"));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({ retryAfter: 3600, attempts: 1, code: "RATE_LIMIT_EXCEEDED" });
    expect(String(error)).toContain("the requests of this hour are used up, try again in 3600 s");
    await client.versions.get("1");
    expect(clock.slept).toEqual([]);
    expect(sent).toHaveLength(2);
  });
});
