import { createNotificationHandler } from "app-store-alternative-distribution/notifications";
import { expect, test } from "vitest";
import { versionCreated } from "../notifications/samples.js";
import { post, secret } from "../notifications/support.js";
import { createRedisSeenStore, type RedisClient } from "./redis-seen.js";

/** A stand-in for Redis that records each key and its lifetime in seconds. */
function fakeRedis() {
  const lifetimes = new Map<string, number>();
  const redis: RedisClient = {
    exists: async (key) => (lifetimes.has(key) ? 1 : 0),
    set: async (key, _value, { EX }) => lifetimes.set(key, EX),
  };
  return { redis, lifetimes };
}

test("two instances that share Redis handle a notification once, and remember it while Apple lists it", async () => {
  const { redis, lifetimes } = fakeRedis();
  const handled: string[] = [];
  const [first, second] = ["first", "second"].map((instance) =>
    createNotificationHandler({
      secret,
      seen: createRedisSeenStore(redis),
      onEvent: ({ id }) => handled.push(`${instance}: ${id}`),
    }),
  );
  const body = JSON.stringify(versionCreated);
  expect((await first?.(post(body)))?.status).toBe(200);
  expect((await second?.(post(body)))?.status).toBe(200);
  expect(handled).toEqual([`first: ${versionCreated.data.id}`]);
  expect([...lifetimes.keys()]).toEqual([`apple-notification:${versionCreated.data.id}`]);
  // missedNotifications reads ten days back, and leaves out what the store has.
  expect([...lifetimes.values()][0]).toBeGreaterThan(10 * 86_400);
});

test("if Redis is down, the answer is 500 and Apple sends the notification again", async () => {
  const { redis } = fakeRedis();
  const handler = createNotificationHandler({
    secret,
    seen: createRedisSeenStore({ ...redis, exists: () => Promise.reject(new Error("ECONNREFUSED")) }),
    onEvent: () => {},
  });
  expect((await handler(post(JSON.stringify(versionCreated)))).status).toBe(500);
});
