/** Finds the package of a version: a webhook names only the version. */
import { addPackage } from "./changes.js";
import type { Context } from "./context.js";
import type { Job } from "./queue.js";

interface Version {
  readonly versionId: string;
  readonly appId: string;
}

export async function runVersionJob(context: Context, job: Job, { versionId, appId }: Version, signal: AbortSignal) {
  const { client, database, queue } = context;
  const query = { include: ["alternativeDistributionPackage"] } as const;
  const { data } = await client.versions.get(versionId, { ...query, include: [...query.include] }, { signal });
  const packageId = data.relationships?.alternativeDistributionPackage?.data?.id;
  if (packageId === undefined) throw new Error(`Version ${versionId} does not name its package`);
  await database.transaction(async (queries) => {
    await addPackage(queries, queue, packageId, appId);
    await queue.complete(queries, job);
  });
}
