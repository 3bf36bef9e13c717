import { kindOf, optionError } from "../checks.js";
import type { Clock } from "../clock.js";
import { isObject } from "../json.js";
import { withTimeLimit } from "../time-limit.js";
import type { NotificationEvent } from "./events.js";

/**
 * Remembers which notifications were handled. A `Set` of strings is one; so is a table or a cache that all instances of
 * a service share.
 */
export interface SeenStore {
  /** Whether this id was added. */
  has(id: string): boolean | PromiseLike<boolean>;
  /** Remembers this id; awaited if it returns a promise. */
  add(id: string): unknown;
}

/** @throws TypeError unless the value has the methods of a {@link SeenStore}. A client of a database has its password. */
export function checkSeen(seen: unknown): void {
  if (isObject(seen) && typeof seen.has === "function" && typeof seen.add === "function") return;
  throw optionError("seen", "an object with the methods has(id) and add(id)", kindOf(seen));
}

const CAPACITY = 10_000;

/** A store in memory. It keeps the last 10,000 ids and forgets the oldest first. */
export function createMemorySeenStore(): SeenStore {
  const ids = new Set<string>();
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      for (const oldest of ids) {
        if (ids.size <= CAPACITY) break;
        ids.delete(oldest);
      }
    },
  };
}

/**
 * Makes `onEvent` run once per event id. Calls for the same id that overlap share one run and its outcome. An id is
 * added to the store only after its run has succeeded, so that Apple's next delivery of a failed event runs it again.
 *
 * A run that takes longer than `timeout` (ms) counts as failed: its calls reject, and the next call for the id starts a
 * new run. If the first run still succeeds later, its id is added then.
 */
export function oncePerId(
  seen: SeenStore,
  onEvent: (event: NotificationEvent) => unknown,
  { timeout, clock }: { readonly timeout: number; readonly clock: Clock },
): (event: NotificationEvent) => Promise<void> {
  const running = new Map<string, Promise<void>>();

  async function run(event: NotificationEvent, isOver: () => boolean): Promise<void> {
    // While a slow store was read, a later delivery may have called onEvent.
    if ((await seen.has(event.id)) || isOver()) return;
    await onEvent(event);
    await seen.add(event.id);
  }

  return (event) => {
    const shared = running.get(event.id);
    if (shared) return shared;
    let isOver = false;
    const handled = run(event, () => isOver);
    const started = withTimeLimit(handled, timeout, clock).finally(() => {
      isOver = true;
      running.delete(event.id);
    });
    running.set(event.id, started);
    return started;
  };
}
