/**
 * Scheduled: compares packages with Apple's, in case a notification or a job was lost. One call each, those first whose
 * last comparison is longest ago. 100 every five minutes are 1,200 of the 3,500 calls of an hour; 10,000 packages take eight
 * hours. It also deletes what is too old to be of use.
 */
import { NotFoundError } from "app-store-alternative-distribution";
import type { Context } from "./context.js";
import type { Job } from "./queue.js";

const AT_ONCE = 100;

interface Row {
  readonly id: string;
  readonly wanted: boolean;
  readonly versionId: string | null;
  readonly isGivenUp: boolean;
}

export async function runReconcileJob(context: Context, job: Job, signal: AbortSignal): Promise<void> {
  const { database, queue } = context;
  const rows =
    await database.sql<Row>`select p.id, p.offered and a.offered as wanted, s.version_id as "versionId",
      coalesce(p.problem->>'kind' = 'give up', false) as "isGivenUp"
    from marketplace.packages p join marketplace.apps a on a.id = p.app_id left join marketplace.served s on s.package_id = p.id
    order by p.checked_at, p.id limit ${AT_ONCE}`;
  for (const row of rows) {
    await reconcile(context, row, signal);
    await queue.renew(database, job);
  }
  // Apple can send a missed notification again for ten days.
  await database.sql`delete from marketplace.notifications where received_at < now() - interval '30 days'`;
  await queue.complete(database, job);
}

async function reconcile({ database, queue, client }: Context, row: Row, signal: AbortSignal): Promise<void> {
  const current = row.wanted
    ? await client.packages.currentVersion(row.id, { signal }).catch((error) => {
        if (error instanceof NotFoundError) return "gone" as const;
        throw error;
      })
    : undefined;
  await database.transaction(async (queries) => {
    if (current === "gone") {
      await queries.sql`update marketplace.packages set offered = false, decided_at = now() where id = ${row.id}`;
      await queries.sql`delete from marketplace.served where package_id = ${row.id}`;
      await queue.sendPackage(queries, row.id, "takedown");
    } else if (current && current.id !== row.versionId && !row.isGivenUp)
      await queue.sendPackage(queries, row.id);
    await queries.sql`update marketplace.packages set checked_at = now() where id = ${row.id}`;
  });
}
