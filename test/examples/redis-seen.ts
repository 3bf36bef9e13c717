/** A store of seen notifications in Redis, for a service with several instances. */
import type { SeenStore } from "app-store-alternative-distribution/notifications";

/** The two commands that are used. The clients of the `redis` package have them. */
export interface RedisClient {
  exists(key: string): Promise<number>;
  set(key: string, value: string, options: { EX: number }): Promise<unknown>;
}

/** More than the ten days that Apple keeps notifications: `missedNotifications` reads all of them, with the same store. */
const LIFETIME_IN_SECONDS = 14 * 24 * 60 * 60;

/** Remembers each notification for two weeks. Give it to `createNotificationHandler` as `seen`. */
export function createRedisSeenStore(redis: RedisClient): SeenStore {
  const keyOf = (id: string) => `apple-notification:${id}`;
  return {
    has: async (id) => (await redis.exists(keyOf(id))) > 0,
    add: (id) => redis.set(keyOf(id), "", { EX: LIFETIME_IN_SECONDS }),
  };
}
