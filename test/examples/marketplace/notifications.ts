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
import type { Context } from "./context.js";

/** The ids of handled notifications are kept; reconciling deletes old ones. */
export function handleEvent({ database, queue }: Context, { id, change, date }: NotificationEvent) {
  return database.transaction(async (queries) => {
    const added = await queries.sql`
      insert into marketplace.notifications (id) values (${id}) on conflict do nothing returning id`;
    // A notification without a readable time counts as sent now.
    if (added.length > 0 && change) await applyChange(queries, queue, change, date ?? new Date());
  });
}

export function createNotificationEndpoint(context: Context, secret: string) {
  return createNotificationHandler({
    secret,
    onEvent: (event) =>
      handleEvent(context, event).catch((error) => {
        // The endpoint answers 500, and Apple sends the notification again.
        console.error("A notification could not be handled:", error);
        throw error;
      }),
  });
}
