import { setImmediate as nextTask } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { notificationHandler } from "../../src/notifications/handler.js";
import {
  createNotificationHandler,
  type NotificationEvent,
  type SeenStore,
} from "../../src/notifications/index.js";
import { VirtualClock } from "../support/virtual-clock.js";
import { versionCreated } from "./samples.js";
import { gate, post, secret, sign, until } from "./support.js";

const body = JSON.stringify(versionCreated);
const never = () => new Promise<never>(() => {});

/** A handler on a virtual clock. `deliver` lets time pass until it has answered, and gives the status. */
function setUp(options: { seen?: SeenStore; timeout?: number } = {}) {
  const clock = new VirtualClock();
  const onEvent = vi.fn((_event: NotificationEvent): unknown => undefined);
  const handler = notificationHandler({ secret, onEvent, ...options }, clock);
  const deliver = async (request = post(body)) => (await clock.run(handler(request))).status;
  return { clock, onEvent, handler, deliver };
}

describe("an onEvent that does not settle", () => {
  test("is a 500 after 30 s, and the next delivery calls onEvent again", async () => {
    const { clock, onEvent, deliver } = setUp();
    const start = clock.time;
    onEvent.mockImplementationOnce(never);
    expect([await deliver(), clock.time - start]).toEqual([500, 30_000]);
    expect(await deliver()).toBe(200);
    expect(await deliver()).toBe(200);
    expect(onEvent).toHaveBeenCalledTimes(2);
    expect(clock.pending).toBe(0);
  });

  test("takes `timeout` ms for all deliveries that wait for it", async () => {
    const { clock, onEvent, handler } = setUp({ timeout: 5000 });
    const start = clock.time;
    onEvent.mockImplementationOnce(never);
    const verify = vi.spyOn(crypto.subtle, "verify");
    onTestFinished(() => verify.mockRestore());
    const both = Promise.all([handler(post(body)), handler(post(body))]);
    // Time must not pass before the second delivery has joined the first one.
    await until(() => verify.mock.settledResults.filter(({ type }) => type === "fulfilled").length === 2);
    await nextTask();
    expect((await clock.run(both)).map(({ status }) => status)).toEqual([500, 500]);
    expect(clock.time - start).toBe(5000);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("counts as handled if it succeeds later", async () => {
    const seen = new Set<string>();
    const { onEvent, deliver } = setUp({ seen });
    const slow = gate();
    onEvent.mockReturnValueOnce(slow.promise);
    expect(await deliver()).toBe(500);
    slow.open();
    await until(() => seen.size > 0);
    expect(await deliver()).toBe(200);
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("leaves no unhandled rejection if it fails later", async () => {
    const { onEvent, deliver } = setUp();
    const slow = gate();
    onEvent.mockReturnValueOnce(slow.promise);
    expect(await deliver()).toBe(500);
    // vitest fails the run if this rejection is not handled.
    slow.fail(new Error("queue is down"));
    await nextTask();
    expect(await deliver()).toBe(200);
  });
});

test.each(["has", "add"] as const)(
  "a seen.%s that does not settle is a 500, and does not block the next delivery",
  async (method) => {
    const ids = new Set<string>();
    let hangs = 1;
    const store = (name: "has" | "add") => async (id: string) => {
      if (name === method && hangs-- > 0) await never();
      return name === "has" ? ids.has(id) : ids.add(id).size > 0;
    };
    const { deliver } = setUp({ seen: { has: store("has"), add: store("add") } });
    expect([await deliver(), await deliver()]).toEqual([500, 200]);
  },
);

test("a seen.has that answers after the time is up does not call onEvent", async () => {
  const slow = gate();
  let asked = 0;
  const has = () => (asked++ === 0 ? slow.promise.then(() => false) : false);
  const { deliver, onEvent } = setUp({ seen: { has, add: () => {} } });
  expect([await deliver(), await deliver()]).toEqual([500, 200]);
  slow.open();
  await nextTask();
  expect(onEvent).toHaveBeenCalledOnce();
});

test("a body that does not end is a 408", async () => {
  const { deliver, onEvent } = setUp();
  const stream = new ReadableStream<Uint8Array>({ pull: never });
  const headers = { "x-apple-signature": sign(body) };
  const request = new Request("https://a.example", {
    ...{ method: "POST", headers, body: stream },
    duplex: "half",
  } as RequestInit);
  expect(await deliver(request)).toBe(408);
  expect(onEvent).not.toHaveBeenCalled();
});

test("a request that aborts while its body arrives leaves no timer", async () => {
  const { clock, handler } = setUp();
  const disconnect = new AbortController();
  const stream = new ReadableStream<Uint8Array>({ pull: never });
  const request = new Request("https://a.example", {
    ...{ method: "POST", body: stream, signal: disconnect.signal },
    duplex: "half",
  } as RequestInit);
  const answer = handler(request);
  await until(() => clock.pending > 0);
  disconnect.abort();
  expect((await answer).status).toBe(400);
  expect(clock.pending).toBe(0);
});

test("the request's signal ends the wait; the next delivery shares the call that still runs", async () => {
  const { clock, onEvent, handler, deliver } = setUp();
  const start = clock.time;
  const slow = gate();
  onEvent.mockReturnValueOnce(slow.promise);
  const disconnect = new AbortController();
  const first = handler(post(body, {}, disconnect.signal));
  await until(() => onEvent.mock.calls.length > 0);
  disconnect.abort();
  expect((await first).status).toBe(500);
  expect(clock.time).toBe(start);
  slow.open();
  expect(await deliver()).toBe(200);
  expect(onEvent).toHaveBeenCalledOnce();
});

test.each([0, Number.POSITIVE_INFINITY, "1"])("a timeout of %j is refused", (timeout) => {
  // The cast stands for callers in JavaScript.
  const options = { secret, onEvent: () => {}, timeout: timeout as number };
  expect(() => createNotificationHandler(options)).toThrow("timeout: expected a number from 1 to");
});
