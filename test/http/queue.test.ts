import { describe, expect, test } from "vitest";
import { connect } from "../../src/client.js";
import { clientOver, failure } from "../support/client.js";
import { errors, json, resource } from "../support/documents.js";
import { VirtualClock } from "../support/virtual-clock.js";

const HOUR_HAS_ROOM = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:2000;" };
const tooMany = (headers: Record<string, string> = HOUR_HAS_ROOM) =>
  json(errors(429, "RATE_LIMIT_EXCEEDED"), { status: 429, headers });

/** Each call's error, and the seconds after which it came. */
async function outcomes(calls: number, fetch: (n: number, clock: VirtualClock) => Promise<Response>) {
  const clock = new VirtualClock();
  let sent = 0;
  const client = connect({ token: "test-token", fetch: () => fetch(sent++, clock) }, clock);
  const started = clock.time;
  const ends = Array.from({ length: calls }, async (_, n) => {
    const error = await failure(client.versions.get(`${n}`));
    return { error, seconds: (clock.time - started) / 1000 };
  });
  return { ends: await clock.run(Promise.all(ends)), sent: () => sent };
}

const reset = () => Object.assign(new TypeError("fetch failed"), { code: "ECONNRESET" });

describe("a 429 followed by an outage", () => {
  test.each([16, 100])("fails %i calls within the wait that the options allow", async (calls) => {
    const { ends } = await outcomes(calls, async (n, clock) => {
      if (n < 16) return tooMany();
      await clock.sleep(30_000);
      throw reset();
    });
    const seconds = ends.map((end) => end.seconds);
    // The first attempt after the 429 takes 30 s, and then the other calls wait 60 s.
    expect(Math.min(...seconds)).toBeLessThan(100);
    // A call that is sent can take six attempts of 30 s and the waits between them.
    expect(Math.max(...seconds)).toBeLessThan(300);
    expect(new Set(ends.map(({ error }) => (error as Error).name))).toEqual(new Set(["ConnectionError"]));
    expect(ends.map(({ error }) => String(error)).join("\n")).toContain(
      "not sent: after a 429, the API has not responded for 60 s",
    );
  });

  test("lets the waiting calls go on when the API responds again", async () => {
    const clock = new VirtualClock();
    let sent = 0;
    const fetch = async () => {
      sent++;
      if (sent <= 16) return tooMany();
      if (sent <= 18) throw reset();
      return json(resource());
    };
    const client = connect({ token: "test-token", fetch }, clock);
    const calls = Array.from({ length: 40 }, (_, n) => client.versions.get(`${n}`));
    expect(await clock.run(Promise.all(calls))).toHaveLength(40);
  });
});

describe("an API that answers nothing but 429", () => {
  test.each([
    [16, undefined],
    [100, undefined],
    [100, "5"],
    [100, "45"],
  ])("fails %i calls in bounded time, Retry-After %s", async (calls, retryAfter) => {
    const { ends } = await outcomes(calls, async (_, clock) => {
      await clock.sleep(50);
      return tooMany({ ...HOUR_HAS_ROOM, ...(retryAfter && { "retry-after": retryAfter }) });
    });
    expect(Math.max(...ends.map((end) => end.seconds))).toBeLessThan(200);
    expect(new Set(ends.map(({ error }) => (error as Error).name))).toEqual(new Set(["RateLimitError"]));
    const advice = retryAfter === undefined ? "" : `, try again in ${retryAfter} s`;
    expect(String(ends.at(-1)?.error)).toContain(
      `not sent: the API has responded only with 429 for 60 s${advice} (`,
    );
  });

  test("or breaks every other connection", async () => {
    const { ends } = await outcomes(100, async (n, clock) => {
      await clock.sleep(50);
      if (n % 2 === 0) return tooMany();
      throw reset();
    });
    expect(Math.max(...ends.map((end) => end.seconds))).toBeLessThan(150);
  });

  test("does not fail the calls that wait for a limit of a whole minute", async () => {
    const clock = new VirtualClock();
    const opensAt = clock.time + 60_000;
    const fetch = async () => {
      await clock.sleep(50);
      return clock.time < opensAt ? tooMany() : json(resource());
    };
    const client = connect({ token: "test-token", fetch }, clock);
    const calls = Array.from({ length: 40 }, (_, n) => client.versions.get(`${n}`));
    expect(await clock.run(Promise.all(calls))).toHaveLength(40);
  });
});

describe("the hour's requests used up", () => {
  test("fails the calls that wait, without sending them", async () => {
    const exhausted = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;", "retry-after": "1200" };
    const { ends, sent } = await outcomes(1000, async () => tooMany(exhausted));
    expect(sent()).toBe(16);
    for (const { error } of ends) {
      expect(error).toMatchObject({ name: "RateLimitError", status: 429, retryAfter: 1200 });
    }
    expect(String(ends.at(-1)?.error)).toContain(
      "not sent: the requests of this hour are used up, try again in 1200 s",
    );
  });
});

describe("calls that are aborted while they wait", () => {
  test("leave the queue, and the others go on in order", async () => {
    const { client, sent, clock } = clientOver(async (_, n) => {
      await clock.sleep(1000);
      return json(resource(`${n}`));
    });
    const running = Array.from({ length: 16 }, (_, n) => client.versions.get(`running-${n}`));
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = Array.from({ length: 500 }, (_, n) =>
      failure(client.versions.get(`aborted-${n}`, undefined, { signal })),
    );
    const waiting = Array.from({ length: 20 }, (_, n) => client.versions.get(`waiting-${n}`));
    controller.abort("enough");
    expect(new Set(await clock.run(Promise.all(aborted)))).toEqual(new Set(["enough"]));
    await clock.run(Promise.all([...running, ...waiting]));
    const paths = sent.map(({ url }) => url.split("/").at(-1));
    expect(paths).toHaveLength(36);
    expect(paths.slice(16)).toEqual(Array.from({ length: 20 }, (_, n) => `waiting-${n}`));
  });
});
