/**
 * Brings one package into the state it should have: ingests its current version, or removes its files. One job at a time
 * works on a package, whatever the number of workers: the row of the package names the job. Another job for it only marks
 * the row as changed, and the first one then looks again before it ends.
 */
import { type IngestResult, ingestPackage } from "app-store-alternative-distribution/ingest";
import type { Context } from "./context.js";
import type { Queries } from "./database.js";
import { type Job, LeaseLostError } from "./queue.js";

interface PackageState {
  readonly wanted: boolean;
  /** The version that is served. */
  readonly servedVersion: string | null;
}

export async function runPackageJob(context: Context, job: Job, packageId: string, signal: AbortSignal): Promise<void> {
  let state = await takePackage(context, job, packageId);
  while (state) {
    const result = state.wanted ? await ingest(context, job, { packageId, state, signal }) : undefined;
    if (!state.wanted) await context.store.remove(packageId);
    state = await context.database.transaction(async (queries) => {
      if (result) await publish(queries, packageId, result);
      return finish(context, queries, job, packageId);
    });
  }
}

/** Puts the job into the row of the package; `undefined` if another one is there. That one looks again, and this one ends. */
function takePackage({ database, queue }: Context, job: Job, packageId: string): Promise<PackageState | undefined> {
  return database.transaction(async (queries) => {
    const [holder] = await queries.query<{ active: boolean }>(
      `select exists (select from pgboss.job where name = 'packages' and id = p.job_id and id <> $2 and state = 'active') as active
       from marketplace.packages p where id = $1 for update`,
      [packageId, job.id],
    );
    if (holder && !holder.active) {
      await queries.query("update marketplace.packages set job_id = $2, changed = false where id = $1", [packageId, job.id]);
      return readState(queries, packageId);
    }
    await queries.query("update marketplace.packages set changed = true where id = $1", [packageId]);
    await queue.complete(queries, job);
    return undefined;
  });
}

/** The app's row is locked too: nobody can take the app down while this transaction publishes its package. */
async function readState(queries: Queries, packageId: string): Promise<PackageState> {
  const [state] = await queries.query<PackageState>(
    `select p.offered and a.offered as wanted, (select version_id from marketplace.served where package_id = p.id) as "servedVersion"
     from marketplace.packages p join marketplace.apps a on a.id = p.app_id where p.id = $1 for update of p for share of a`,
    [packageId],
  );
  if (!state) throw new Error(`There is no package ${packageId}`);
  return state;
}

interface Ingest {
  readonly packageId: string;
  readonly state: PackageState;
  readonly signal: AbortSignal;
}

/** Ingests the current version. A notification may name one that was replaced since. `undefined`: nothing to publish. */
async function ingest(context: Context, job: Job, { packageId, state, signal }: Ingest): Promise<IngestResult | undefined> {
  if (state.servedVersion !== null) {
    const current = await context.client.packages.currentVersion(packageId, { signal });
    if (current?.id === state.servedVersion) return undefined;
  }
  const stop = new AbortController();
  let progress = { bytes: 0, bytesTotal: 0 };
  const beat = setInterval(
    () => renew(context, job, packageId, progress).catch((error) => stop.abort(error)),
    Math.min(2_000, (context.queue.lease * 1_000) / 3),
  );
  try {
    return await ingestPackage(context.client, {
      packageId,
      ...context.store.target(packageId),
      trust: context.trust,
      signal: AbortSignal.any([signal, stop.signal]),
      onProgress: ({ bytes, bytesTotal }) => {
        progress = { bytes, bytesTotal };
      },
    });
  } catch (error) {
    // It was taken down meanwhile: the next round removes it.
    if (error instanceof NotWantedError) return undefined;
    throw error;
  } finally {
    clearInterval(beat);
  }
}

class NotWantedError extends Error {}

/** Keeps the job, shows its progress, and ends the ingest of a package that was taken down. */
async function renew(
  { database, queue }: Context,
  job: Job,
  packageId: string,
  { bytes, bytesTotal }: { bytes: number; bytesTotal: number },
): Promise<void> {
  const rows = await database
    .transaction(async (queries) => {
      await queue.renew(queries, job);
      return queries.query<{ wanted: boolean }>(
        `update marketplace.packages p set bytes = $2, bytes_total = $3 from marketplace.apps a
         where p.id = $1 and a.id = p.app_id returning p.offered and a.offered as wanted`,
        [packageId, bytes, bytesTotal],
      );
    })
    .catch((error) => {
      if (error instanceof LeaseLostError) throw error;
      // The database may be back before the lease ends.
      console.error(`Package ${packageId}: the lease could not be renewed:`, error);
      return [];
    });
  if (rows[0]?.wanted === false) throw new NotWantedError("The package was taken down");
}

/** Makes a complete version the served one, unless the package was taken down meanwhile. */
async function publish(queries: Queries, packageId: string, { version, manifest, assets, signedAt }: IngestResult) {
  await queries.query(
    `insert into marketplace.versions (id, package_id, number, app_version, signed_at) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [version.id, packageId, version.attributes?.version ?? null, String(manifest.shortVersionString ?? ""), signedAt ?? null],
  );
  await queries.query(
    `insert into marketplace.key_blobs (asset_id, package_id, key_blob)
     select id, $2, "keyBlob" from jsonb_to_recordset($1) as blobs (id text, "keyBlob" text) where "keyBlob" is not null
     on conflict (asset_id) do update set key_blob = excluded.key_blob`,
    [JSON.stringify(assets.map(({ id, keyBlob }) => ({ id, keyBlob }))), packageId],
  );
  if (!(await readState(queries, packageId)).wanted) return;
  await queries.query(
    `insert into marketplace.served (package_id, version_id, app_id, manifest)
     select id, $2, app_id, $3 from marketplace.packages where id = $1
     on conflict (package_id) do update set version_id = excluded.version_id, manifest = excluded.manifest, since = now()`,
    [packageId, version.id, JSON.stringify(manifest)],
  );
}

/** Ends the job, or returns the state for another round if something was decided meanwhile. */
async function finish({ queue }: Context, queries: Queries, job: Job, packageId: string): Promise<PackageState | undefined> {
  const state = await readState(queries, packageId);
  if (!state.wanted) {
    for (const table of ["served", "key_blobs"]) {
      await queries.query(`delete from marketplace.${table} where package_id = $1`, [packageId]);
    }
  }
  const [before] = await queries.query<{ changed: boolean }>("select changed from marketplace.packages where id = $1", [packageId]);
  await queries.query(
    `update marketplace.packages set changed = false, job_id = case when $2 then job_id end, problem = null, bytes = 0, bytes_total = 0, checked_at = now()
     where id = $1`,
    [packageId, before?.changed ?? false],
  );
  // A worker that has lost the job throws here, and publishes nothing.
  if (before?.changed) await queue.renew(queries, job);
  else await queue.complete(queries, job);
  return before?.changed ? state : undefined;
}
