/**
 * The URL given to Apple. It verifies the notification, saves what changes, adds jobs and answers at once, because an ingest
 * takes minutes. Changes, jobs and the notification's id are one transaction: either all are saved or none, and a second
 * delivery can go to any process.
 */
import type { NotificationEvent } from "app-store-alternative-distribution/notifications";
import { createNotificationHandler } from "app-store-alternative-distribution/notifications";
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
  const onEvent = (event: NotificationEvent) =>
    handleEvent(context, event).catch((error) => {
      // The endpoint answers 500, and Apple sends the notification again.
      console.error("A notification could not be handled:", error);
      throw error;
    });
  const handle = createNotificationHandler({ secret, onEvent });
  return async (request: Request): Promise<Response> => {
    const answer = await handle(request);
    // Nothing else would show that the secret is wrong: the page of a new marketplace just stays empty.
    if (answer.status === 401)
      console.error("A notification was refused. If Apple sent it, check the secret.");
    return answer;
  };
}
