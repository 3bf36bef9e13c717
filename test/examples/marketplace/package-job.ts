/**
 * Brings one package into the state it should have: ingests its current version, or removes its files. One job at a time
 * works on a package, whatever the number of workers: the row of the package names the job, and another one waits.
 */
import { type IngestResult, ingestPackage } from "app-store-alternative-distribution/ingest";
import type { Context } from "./context.js";
import type { Queries } from "./database.js";
import { type Job, LeaseLostError } from "./queue.js";

/** Seconds that a job waits while another one works on its package. */
const OTHER_JOB = 2;

export async function runPackageJob(context: Context, job: Job, signal: AbortSignal): Promise<void> {
  const { database, queue, store } = context;
  const state = await takePackage(context, job);
  if (!state) return;
  const result = state.wanted ? await ingest(context, job, state, signal) : undefined;
  if (!state.wanted) await store.remove(state.id);
  await database.transaction(async (queries) => {
    // A worker that has lost the job throws here, and publishes nothing.
    await queue.complete(queries, job);
    const { id, wanted } = await readState(queries, job);
    if (result) await saveVersion(queries, id, result);
    if (!wanted) await unpublish(queries, id);
    else if (result) await publish(queries, id, result);
    await queries.sql`update marketplace.packages set job_id = null, problem = null, bytes = 0, bytes_total = 0,
      checked_at = now() where id = ${id}`;
  });
}

interface PackageState {
  readonly id: string;
  readonly wanted: boolean;
  /** The version that is served. */
  readonly servedVersion: string | null;
}

/** Puts the job into the row of the package. If another one is there and runs, returns `undefined`: this job waits. */
function takePackage({ database, queue }: Context, job: Job): Promise<PackageState | undefined> {
  return database.transaction(async (queries) => {
    const state = await readState(queries, job);
    const taken = await queries.sql`
      update marketplace.packages p set job_id = ${job.id} where id = ${state.id} and not exists (select from pgboss.job
        where name = 'packages' and id = p.job_id and id <> ${job.id} and state = 'active') returning id`;
    if (taken.length > 0) return state;
    await queue.postpone(queries, job, OTHER_JOB);
    return undefined;
  });
}

/**
 * Locks the rows of app and package: until the transaction ends, nothing is decided about them. The app's comes first, as in
 * changes.ts; two transactions that lock them in another order would wait for each other.
 */
async function readState({ sql }: Queries, { data: { packageId } }: Job): Promise<PackageState> {
  await sql`select from marketplace.apps
    where id = (select app_id from marketplace.packages where id = ${packageId}) for share`;
  const [state] = await sql<PackageState>`
    select p.id, p.offered and a.offered as wanted, s.version_id as "servedVersion" from marketplace.packages p
    join marketplace.apps a on a.id = p.app_id left join marketplace.served s on s.package_id = p.id
    where p.id = ${packageId} for update of p`;
  if (!state) throw new Error(`There is no package ${packageId}`);
  return state;
}

/** Ingests the current version: a notification may name one that was replaced since. `undefined`: nothing to publish. */
async function ingest(context: Context, job: Job, { id, servedVersion }: PackageState, signal: AbortSignal) {
  const { client, store, trust, queue } = context;
  if (servedVersion !== null) {
    const current = await client.packages.currentVersion(id, { signal });
    if (current?.id === servedVersion) return undefined;
  }
  const stop = new AbortController();
  let progress = { bytes: 0, bytesTotal: 0 };
  const report = () => renew(context, job, progress).catch((error) => stop.abort(error));
  const timer = setInterval(report, Math.min(2_000, (queue.lease * 1_000) / 3));
  try {
    const onProgress = (now: typeof progress) => {
      progress = now;
    };
    const both = AbortSignal.any([signal, stop.signal]);
    return await ingestPackage(client, {
      packageId: id,
      ...store.target(id),
      trust,
      signal: both,
      onProgress,
    });
  } catch (error) {
    // The takedown has a job of its own, which removes what is there.
    if (error instanceof NotWantedError) return undefined;
    throw error;
  } finally {
    clearInterval(timer);
  }
}

class NotWantedError extends Error {}

/** Keeps the job, saves its progress, and throws if the package was taken down meanwhile. */
async function renew(
  { database, queue }: Context,
  job: Job,
  progress: { bytes: number; bytesTotal: number },
) {
  try {
    const [row] = await database.transaction(async (queries) => {
      await queue.renew(queries, job);
      return queries.sql<{ wanted: boolean }>`
        update marketplace.packages p set bytes = ${progress.bytes}, bytes_total = ${progress.bytesTotal}
        from marketplace.apps a where p.id = ${job.data.packageId} and a.id = p.app_id
        returning p.offered and a.offered as wanted`;
    });
    if (row?.wanted === false) throw new NotWantedError("The package was taken down");
  } catch (error) {
    if (error instanceof NotWantedError || error instanceof LeaseLostError) throw error;
    // The database may be back before the lease ends.
    console.error("A lease could not be renewed:", error);
  }
}

async function saveVersion(
  queries: Queries,
  packageId: string,
  { version, manifest, assets, signedAt }: IngestResult,
) {
  const appVersion = String(manifest.shortVersionString ?? "");
  await queries.sql`insert into marketplace.versions (id, package_id, number, app_version, signed_at)
    values (${version.id}, ${packageId}, ${version.attributes?.version}, ${appVersion}, ${signedAt}) on conflict do nothing`;
  const blobs = JSON.stringify(assets.map(({ id, keyBlob }) => ({ id, blob: keyBlob })));
  await queries.sql`insert into marketplace.key_blobs (asset_id, package_id, key_blob)
    select id, ${packageId}, blob from jsonb_to_recordset(${blobs}) as blobs (id text, blob text) where blob is not null
    on conflict (asset_id) do update set key_blob = excluded.key_blob`;
}

async function publish(
  queries: Queries,
  packageId: string,
  { version, manifest }: IngestResult,
): Promise<void> {
  await queries.sql`insert into marketplace.served (package_id, version_id, app_id, manifest)
    select id, ${version.id}, app_id, ${JSON.stringify(manifest)} from marketplace.packages where id = ${packageId}
    on conflict (package_id) do update set version_id = excluded.version_id, manifest = excluded.manifest, since = now()`;
}

async function unpublish(queries: Queries, packageId: string): Promise<void> {
  await queries.sql`delete from marketplace.served where package_id = ${packageId}`;
  await queries.sql`delete from marketplace.key_blobs where package_id = ${packageId}`;
}
