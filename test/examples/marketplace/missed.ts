/** Scheduled: reads from Apple what was sent while the endpoint could not be reached, and handles it as if it came now. */
import type { NotificationEvent } from "app-store-alternative-distribution/notifications";
import type { Context } from "./context.js";
import type { HandleEvent } from "./notifications.js";
import type { Job } from "./queue.js";

/** The notifications sent since a time that were not handled. */
export type ReadMissed = (since: Date) => AsyncIterable<NotificationEvent>;

/** Apple's clock may differ, and a notification of a minute ago may still be on its way. */
const OVERLAP = 3_600_000;

export async function runMissedJob(
  { database, queue }: Context,
  job: Job,
  read: ReadMissed,
  handle: HandleEvent,
) {
  const [last] = await database.sql<{
    at: Date | null;
  }>`select max(received_at) as at from marketplace.notifications`;
  for await (const event of read(new Date((last?.at ?? new Date()).getTime() - OVERLAP))) {
    await handle(event);
    await queue.renew(database, job);
  }
  await queue.complete(database, job);
}
