import { createNotificationHandler } from "app-store-alternative-distribution/notifications";
import { expect, test } from "vitest";
import { versionCreated } from "../notifications/samples.js";
import { post, secret } from "../notifications/support.js";
import { createRedisSeenStore, type RedisLike } from "./redis-seen.js";

/** Keys and their lives in seconds. */
function fakeRedis() {
  const lives = new Map<string, number>();
  const redis: RedisLike = {
    exists: async (key) => (lives.has(key) ? 1 : 0),
    set: async (key, _value, { EX }) => lives.set(key, EX),
  };
  return { redis, lives };
}

test("two instances that share Redis take a notification in once, and forget it after a week", async () => {
  const { redis, lives } = fakeRedis();
  const taken: string[] = [];
  const [first, second] = ["first", "second"].map((instance) =>
    createNotificationHandler({
      secret,
      seen: createRedisSeenStore(redis),
      onEvent: ({ id }) => taken.push(`${instance}: ${id}`),
    }),
  );
  const body = JSON.stringify(versionCreated);
  expect((await first?.(post(body)))?.status).toBe(200);
  expect((await second?.(post(body)))?.status).toBe(200);
  expect(taken).toEqual([`first: ${versionCreated.data.id}`]);
  expect([...lives]).toEqual([[`apple-notification:${versionCreated.data.id}`, 604_800]]);
});

test("Redis being down makes Apple send again", async () => {
  const { redis } = fakeRedis();
  const handler = createNotificationHandler({
    secret,
    seen: createRedisSeenStore({ ...redis, exists: () => Promise.reject(new Error("ECONNREFUSED")) }),
    onEvent: () => {},
  });
  expect((await handler(post(JSON.stringify(versionCreated)))).status).toBe(500);
});
