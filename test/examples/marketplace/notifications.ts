/**
 * The URL given to Apple. It verifies, writes down what changes, adds jobs and answers: Apple waits, and an ingest takes
 * minutes. Everything of one notification is one transaction, with its id: either all of it happened or nothing, and any
 * process can get the second delivery.
 */
import {
  createNotificationHandler,
  type NotificationEvent,
} from "app-store-alternative-distribution/notifications";
import { applyChange } from "./changes.js";
import type { Database } from "./database.js";
import type { Queue } from "./queue.js";

export type HandleEvent = (event: NotificationEvent) => Promise<void>;

export function createEventHandler(database: Database, queue: Queue): HandleEvent {
  return (event) =>
    database.transaction(async (queries) => {
      const added = await queries.sql`insert into marketplace.notifications (id, type, sent_at)
        values (${event.id}, ${event.type}, ${event.date}) on conflict do nothing returning id`;
      // A notification without a readable time counts as sent now.
      if (added.length > 0 && event.change)
        await applyChange(queries, queue, event.change, event.date ?? new Date());
    });
}

/** The ids of the notifications that were handled; the event handler adds them. Old ones are deleted by reconciling. */
export function seenNotifications({ sql }: Database) {
  return {
    has: async (id: string) =>
      (await sql`select 1 from marketplace.notifications where id = ${id}`).length > 0,
    add: () => {},
  };
}

export function createNotificationEndpoint(database: Database, secret: string, handleEvent: HandleEvent) {
  return createNotificationHandler({
    secret,
    seen: seenNotifications(database),
    onEvent: (event) =>
      handleEvent(event).catch((error) => {
        // The endpoint answers 500, and Apple sends the notification again.
        console.error("A notification could not be handled:", error);
        throw error;
      }),
  });
}
