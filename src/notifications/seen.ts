/**
 * Remembers which notifications were taken in. A `Set` of strings is one; so is a table or a cache that all
 * instances of a service share.
 */
export interface SeenStore {
  /** Whether this id was added. */
  has(id: string): boolean | PromiseLike<boolean>;
  /** Remembers this id; awaited if it gives a promise. */
  add(id: string): unknown;
}

/** The store used when none is given: in memory, of the last `capacity` ids, the oldest forgotten first. */
export function createMemorySeenStore(capacity = 10_000): SeenStore {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      if (ids.size > capacity) ids.delete(ids.values().next().value as string); // not empty: one was just added
    },
  };
}
