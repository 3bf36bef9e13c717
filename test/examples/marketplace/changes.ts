/**
 * What a notification changes. It changes what is wanted, and takes down at once what may not be served any more. The files
 * follow by a job, which does not do what the notification said, but compares what is wanted with what is there. So
 * notifications that come twice, late or in the wrong order lead to the same end.
 *
 * This marketplace offers all its packages in all territories: an offer of the app needs no download, and a package that
 * must be removed in some territories is removed everywhere.
 */
import type { PackageChange } from "app-store-alternative-distribution/notifications";
import type { Queries } from "./database.js";
import type { Queue } from "./queue.js";

/** `sentAt` is the time in the notification. Of two decisions about the same thing, the newer one counts. */
export async function applyChange(queries: Queries, queue: Queue, change: PackageChange, sentAt: Date) {
  const { appId } = change;
  // The older notifications have no fractions of a second.
  const at = new Date(Math.floor(sentAt.getTime() / 1_000) * 1_000);
  if (change.action === "ingest" && change.packageId === undefined) {
    // It says that a version exists, not that its package may be offered: it does not end a takedown.
    await queue.sendVersion(queries, change.versionId, appId);
  } else if (change.action === "ingest") {
    await decideApp(queries, appId, { offered: true, at });
    await decidePackage(queries, appId, change.packageId, { offered: true, at });
    await queue.sendPackage(queries, change.packageId);
  } else if (change.action === "remove" && change.packageIds) {
    await decideApp(queries, appId, UNDECIDED);
    for (const packageId of change.packageIds)
      await decidePackage(queries, appId, packageId, { offered: false, at });
    await settle(queries, queue, appId);
  } else {
    await decideApp(queries, appId, { offered: change.action === "offer", at });
    await settle(queries, queue, appId);
  }
}

/** Adds a package that a version, and no decision of Apple's, made known; and has it ingested. */
export async function addPackage(queries: Queries, queue: Queue, packageId: string, appId: string) {
  await decideApp(queries, appId, UNDECIDED);
  await decidePackage(queries, appId, packageId, UNDECIDED);
  await queue.sendPackage(queries, packageId);
}

interface Decision {
  readonly offered: boolean;
  readonly at: Date | "-infinity";
}

/** Before Apple decided anything. */
const UNDECIDED: Decision = { offered: true, at: "-infinity" };

// Of two decisions of the same second, the removal counts.
function decideApp(queries: Queries, appId: string, { offered, at }: Decision): Promise<unknown> {
  return queries.sql`insert into marketplace.apps (id, offered, decided_at) values (${appId}, ${offered}, ${at})
    on conflict (id) do update set offered = excluded.offered, decided_at = excluded.decided_at
    where (excluded.decided_at, not excluded.offered) > (apps.decided_at, not apps.offered)`;
}

function decidePackage(
  queries: Queries,
  appId: string,
  packageId: string,
  { offered, at }: Decision,
): Promise<unknown> {
  return queries.sql`insert into marketplace.packages (id, app_id, offered, decided_at)
    values (${packageId}, ${appId}, ${offered}, ${at})
    on conflict (id) do update set offered = excluded.offered, decided_at = excluded.decided_at
    where (excluded.decided_at, not excluded.offered) > (packages.decided_at, not packages.offered)`;
}

/** Stops serving the packages of an app that are not wanted, and sends a job for each package whose files do not fit. */
async function settle(queries: Queries, queue: Queue, appId: string): Promise<void> {
  const packages = await queries.sql<{ id: string; wanted: boolean; served: boolean }>`
    select p.id, p.offered and a.offered as wanted, exists (select from marketplace.served where package_id = p.id) as served
    from marketplace.packages p join marketplace.apps a on a.id = p.app_id where p.app_id = ${appId} order by p.id`;
  for (const { id, wanted, served } of packages) {
    if (wanted && !served) await queue.sendPackage(queries, id);
    if (wanted) continue;
    await queries.sql`delete from marketplace.served where package_id = ${id}`;
    // Also where nothing was served: an ingest may be running, and then ends.
    await queue.sendPackage(queries, id, "takedown");
  }
}
