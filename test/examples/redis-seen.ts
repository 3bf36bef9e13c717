import type { SeenStore } from "app-store-alternative-distribution/notifications";

/** What is used of a Redis client; those of the `redis` and `valkey` packages fit. */
export interface RedisLike {
  exists(key: string): Promise<number>;
  set(key: string, value: string, options: { EX: number }): Promise<unknown>;
}

const week = 7 * 24 * 60 * 60;

/** Remembers notifications for a week, for all instances of a service. */
export function createRedisSeenStore(redis: RedisLike): SeenStore {
  const keyOf = (id: string) => `apple-notification:${id}`;
  return {
    has: async (id) => (await redis.exists(keyOf(id))) > 0,
    add: (id) => redis.set(keyOf(id), "", { EX: week }),
  };
}
