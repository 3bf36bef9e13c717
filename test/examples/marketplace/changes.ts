/**
 * What a notification changes: which packages are wanted. What may not be served any more is taken down at once. The files
 * are left to a job, which compares what is wanted with what is there. So notifications that come twice, late or in the
 * wrong order lead to the same result.
 *
 * This marketplace offers all its packages in all territories: an offer of the app needs no download, and a package that
 * must be removed in some territories is removed everywhere.
 */
import type { PackageChange } from "app-store-alternative-distribution/notifications";
import type { Queries } from "./database.js";
import type { Queue } from "./queue.js";

/** Saves the change. `sentAt` is the time in the notification. */
export function applyChange(queries: Queries, queue: Queue, change: PackageChange, sentAt: Date) {
  const { appId } = change;
  if (change.action === "ingest") {
    const { packageId } = change;
    // It says that a version exists, not that its package may be offered: it does not end a takedown.
    if (packageId === undefined) return queue.sendVersion(queries, change.versionId, appId);
    return decide(queries, queue, { appId, packageIds: [packageId], offered: true, sentAt });
  }
  const packageIds = change.action === "remove" ? change.packageIds : undefined;
  return decide(queries, queue, { appId, packageIds, offered: change.action === "offer", sentAt });
}

/** Adds a package that is known from its version alone, without a decision of Apple's, and a job that ingests it. */
export async function addPackage(queries: Queries, queue: Queue, id: string, appId: string) {
  await queries.sql`insert into marketplace.packages (id, app_id) values (${id}, ${appId}) on conflict do nothing`;
  await queue.sendPackage(queries, id);
}

interface Decision {
  readonly appId: string;
  /** `undefined`: it is about the app. */
  readonly packageIds?: readonly string[] | undefined;
  /** Whether they may be offered. A package that may be offered says the same of its app. */
  readonly offered: boolean;
  readonly sentAt: Date;
}

/** Of two decisions about the same thing, the newer one counts, and of those of the same second the removal. */
export async function decide(queries: Queries, queue: Queue, decision: Decision): Promise<void> {
  const { appId, packageIds, offered, sentAt } = decision;
  // The older notifications have no fractions of a second.
  const save = (kind: "app" | "package", id: string) =>
    queries.sql`insert into marketplace.decisions as d
      values (${kind}, ${id}, ${offered}, date_trunc('second', ${sentAt}::timestamptz))
      on conflict (kind, id) do update set offered = excluded.offered, decided_at = excluded.decided_at
      where (excluded.decided_at, not excluded.offered) > (d.decided_at, not d.offered)`;
  if (offered || !packageIds) await save("app", appId);
  for (const id of packageIds ?? []) {
    await queries.sql`insert into marketplace.packages (id, app_id) values (${id}, ${appId}) on conflict do nothing`;
    await save("package", id);
  }
  await settle(queries, queue, appId, (offered && packageIds) || []);
}

/**
 * Stops serving the packages of an app that are not wanted. Adds a job for each of them, for each wanted package that is not
 * served, and for each that changed. While the rows are locked, no job of these packages ends.
 */
async function settle(queries: Queries, queue: Queue, appId: string, changed: readonly string[]) {
  await queries.sql`select from marketplace.packages where app_id = ${appId} order by id for update`;
  const packages = await queries.sql<{ id: string; wanted: boolean; served: boolean }>`
    select id, wanted, served_version is not null as served from marketplace.state where app_id = ${appId} order by id`;
  for (const { id, wanted, served } of packages) {
    if (wanted && (!served || changed.includes(id))) await queue.sendPackage(queries, id);
    if (wanted) continue;
    await queries.sql`update marketplace.packages set served_version = null where id = ${id}`;
    // Also where nothing was served: an ingest may be running, and then ends.
    await queue.sendPackage(queries, id, "takedown");
  }
}
