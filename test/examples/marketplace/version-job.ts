/** Finds the package of a version: a webhook names only the version. */
import { addPackage } from "./changes.js";
import type { Context } from "./context.js";
import type { Job } from "./queue.js";

const INCLUDE = ["alternativeDistributionPackage" as const];

export async function runVersionJob({ client, database, queue }: Context, job: Job, signal: AbortSignal) {
  const { versionId = "", appId = "" } = job.data;
  const { data } = await client.versions.get(versionId, { include: INCLUDE }, { signal });
  const packageId = data.relationships?.alternativeDistributionPackage?.data?.id;
  if (packageId === undefined) throw new Error(`Version ${versionId} does not name its package`);
  await database.transaction(async (queries) => {
    await addPackage(queries, queue, packageId, appId);
    await queue.complete(queries, job);
  });
}
