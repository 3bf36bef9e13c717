/**
 * Ingests the current version of one package, or removes its files if it is not wanted. One job at a time works on a package,
 * whatever the number of workers: the package's row has the id of that job, and another job waits.
 */
import type { IngestProgress, IngestResult } from "app-store-alternative-distribution/ingest";
import { ingestPackage, removePackage } from "app-store-alternative-distribution/ingest";
import type { Context } from "./context.js";
import type { Queries } from "./database.js";
import { WORKER_LOST } from "./failures.js";
import { isLastAttempt, type Job, LeaseLostError } from "./queue.js";

export async function runPackageJob(context: Context, job: Job, signal: AbortSignal): Promise<void> {
  const { database, queue, store } = context;
  const before = await takePackage(context, job);
  if (!before) return;
  const { id } = before;
  const result = before.wanted ? await ingest(context, job, before, signal) : undefined;
  if (!before.wanted) await removePackage(store(id));
  await database.transaction(async (queries) => {
    // A worker that has lost its lease throws here, and publishes nothing.
    await queue.complete(queries, job);
    const { wanted, served } = await readState(queries, id);
    if (result) await saveVersion(queries, id, result);
    const serve = wanted ? (result?.version.id ?? served) : null;
    await queries.sql`update marketplace.packages set served_version = ${serve},
      job_id = null, problem = null, bytes = 0, bytes_total = 0, checked_at = now() where id = ${id}`;
    if (wanted) return;
    await queries.sql`delete from marketplace.key_blobs where package_id = ${id}`;
    // Taken down during the ingest: there may be files, and the job that removes them may have run earlier.
    if (before.wanted) await queue.sendPackage(queries, id, "takedown");
  });
}

interface PackageState {
  readonly id: string;
  readonly wanted: boolean;
  /** The version that is served. */
  readonly served: string | null;
}

/** Saves in the package's row that this job works on it. Returns `undefined` if another job does: this one waits. */
function takePackage({ database, queue }: Context, job: Job): Promise<PackageState | undefined> {
  return database.transaction(async (queries) => {
    const state = await readState(queries, job.data.packageId);
    const lost = isLastAttempt(job) ? JSON.stringify(WORKER_LOST) : null;
    const taken = await queries.sql`update marketplace.packages p
      set job_id = ${job.id}, problem = coalesce(${lost}, problem) where id = ${state.id} and not exists (select from pgboss.job
        where name = 'packages' and id = p.job_id and id <> ${job.id} and state = 'active') returning id`;
    if (taken.length > 0) return state;
    await queue.postpone(queries, job, 1);
    return undefined;
  });
}

/** Locks the package's row, so that no decision about it is saved until the transaction ends. */
async function readState({ sql }: Queries, id: string | undefined): Promise<PackageState> {
  await sql`select from marketplace.packages where id = ${id} for update`;
  const [state] = await sql<PackageState>`
    select id, wanted, served_version as served from marketplace.state where id = ${id}`;
  if (!state) throw new Error(`There is no package ${id}`);
  return state;
}

/** Ingests the current version: the one in the notification may be replaced by now. `undefined`: nothing to publish. */
async function ingest(context: Context, job: Job, { id, served }: PackageState, signal: AbortSignal) {
  const { client, store, trust, queue } = context;
  if (served !== null && (await client.packages.currentVersion(id, { signal }))?.id === served)
    return undefined;
  const stop = new AbortController();
  const progress = { bytes: 0, bytesTotal: 0 };
  const report = () => renew(context, job, progress).catch((error) => stop.abort(error));
  const timer = setInterval(report, Math.min(2_000, (queue.lease * 1_000) / 3));
  try {
    return await ingestPackage(client, {
      packageId: id,
      store: store(id),
      trust,
      signal: AbortSignal.any([signal, stop.signal]),
      onProgress: (now) => Object.assign(progress, now),
    });
  } catch (error) {
    // The takedown has its own job, which removes the files.
    if (error instanceof NotWantedError) return undefined;
    throw error;
  } finally {
    clearInterval(timer);
  }
}

class NotWantedError extends Error {}

type Bytes = Pick<IngestProgress, "bytes" | "bytesTotal">;

/** Renews the lease, saves the progress, and throws if the package was taken down during the ingest. */
async function renew({ database, queue }: Context, job: Job, { bytes, bytesTotal }: Bytes) {
  const { packageId } = job.data;
  try {
    await database.transaction(async (queries) => {
      await queue.renew(queries, job);
      await queries.sql`update marketplace.packages set bytes = ${bytes},
        bytes_total = ${bytesTotal} where id = ${packageId}`;
    });
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    // The database may be back before the lease ends.
    return console.error("A lease could not be renewed:", error);
  }
  const [row] = await database.sql`select from marketplace.state where id = ${packageId} and not wanted`;
  if (row) throw new NotWantedError("The package was taken down");
}

async function saveVersion({ sql }: Queries, packageId: string, { version, manifest, assets }: IngestResult) {
  await sql`insert into marketplace.versions (id, package_id, manifest)
    values (${version.id}, ${packageId}, ${JSON.stringify(manifest)}) on conflict do nothing`;
  const blobs = JSON.stringify(assets.map(({ id, keyBlob }) => ({ id, blob: keyBlob })));
  await sql`insert into marketplace.key_blobs (asset_id, package_id, key_blob)
    select id, ${packageId}, blob from jsonb_to_recordset(${blobs}) as blobs (id text, blob text) where blob is not null
    on conflict (asset_id) do update set key_blob = excluded.key_blob`;
}
