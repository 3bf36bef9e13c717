/**
 * The whole marketplace in one process: its URLs as one handler, and workers. Start as many processes on one database as
 * needed; `workers: 0` makes one that only answers.
 */
import type { Context } from "./context.js";
import type { InstallOptions } from "./install.js";
import { migrate } from "./migrate.js";
import { runMissedJob } from "./missed.js";
import { runPackageJob } from "./package-job.js";
import { type Job, Queue, type QueueOptions } from "./queue.js";
import { runReconcileJob } from "./reconcile.js";
import { createRoutes } from "./routes.js";
import { runVersionJob } from "./version-job.js";
import { startWorkers, type WorkerOptions } from "./worker.js";

export interface MarketplaceOptions extends QueueOptions, WorkerOptions, Omit<Context, "queue"> {
  /** The secret given to Apple with the webhook. */
  readonly secret: string;
  /** Without it, there are no pages and answers for devices. */
  readonly installing?: InstallOptions | undefined;
}

export type Marketplace = Awaited<ReturnType<typeof startMarketplace>>;

export async function startMarketplace(options: MarketplaceOptions) {
  const { database, secret, installing } = options;
  const queue = new Queue(database, options);
  await database.alone(async () => {
    await migrate(database);
    await queue.start(database, options);
  });
  const context: Context = { ...options, queue };

  function run(job: Job, signal: AbortSignal): Promise<void> {
    if (job.name === "reconcile") return runReconcileJob(context, job, signal);
    if (job.name === "missed") return runMissedJob(context, job, signal);
    return (job.data.packageId === undefined ? runVersionJob : runPackageJob)(context, job, signal);
  }
  const stopWorkers = startWorkers(context, run, options);

  return {
    context,
    handle: await createRoutes(context, secret, installing),
    /** Waits up to `grace` ms for running jobs, then puts them back into the queue. The database stays open. */
    async stop(grace = 20_000) {
      await stopWorkers(grace);
      await queue.stop();
    },
  };
}
