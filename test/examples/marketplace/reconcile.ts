/**
 * Scheduled: compares packages with Apple's, in case a notification or a job was lost. It makes one call for each package,
 * and starts with the one whose last comparison was the longest time ago. 100 packages every five minutes are 1,200 of the
 * 3,500 calls of an hour; 10,000 packages take eight hours. It also deletes old ids of notifications.
 */
import { NotFoundError } from "app-store-alternative-distribution";
import { decide } from "./changes.js";
import type { Context } from "./context.js";
import type { Job } from "./queue.js";

const AT_ONCE = 100;

type Row = { id: string; appId: string; served: string | null; isGivenUp: boolean };

const nullIfGone = (error: unknown) => (error instanceof NotFoundError ? null : Promise.reject(error));

export async function runReconcileJob({ database, queue, client }: Context, job: Job, signal: AbortSignal) {
  const rows = await database.sql<Row>`select id, app_id as "appId", served_version as served,
      coalesce(problem->>'kind' = 'give up', false) as "isGivenUp"
    from marketplace.state where wanted order by checked_at, id limit ${AT_ONCE}`;
  for (const { id, appId, served, isGivenUp } of rows) {
    const current = await client.packages.currentVersion(id, { signal }).catch(nullIfGone);
    await database.transaction(async (queries) => {
      await queries.sql`update marketplace.packages set checked_at = now() where id = ${id}`;
      if (current === null)
        await decide(queries, queue, { appId, packageIds: [id], offered: false, sentAt: new Date() });
      else if (current && current.id !== served && !isGivenUp) await queue.sendPackage(queries, id);
    });
    await queue.renew(database, job);
  }
  // Apple can send a missed notification again for ten days.
  await database.sql`delete from marketplace.notifications where received_at < now() - interval '30 days'`;
  await queue.complete(database, job);
}
