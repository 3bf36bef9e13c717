/**
 * The whole marketplace in one process: its URLs as one handler, and workers. Start as many processes on one database as
 * needed; `workers: 0` makes one that only answers.
 */
import type { Client } from "app-store-alternative-distribution";
import type { TrustedRoots } from "app-store-alternative-distribution/ingest";
import type { Context } from "./context.js";
import type { Database } from "./database.js";
import { migrate } from "./migrate.js";
import { runMissedJob } from "./missed.js";
import { createEventHandler, createNotificationEndpoint } from "./notifications.js";
import { runPackageJob } from "./package-job.js";
import { type Job, Queue, type QueueOptions } from "./queue.js";
import { runReconcileJob } from "./reconcile.js";
import { createRoutes } from "./routes.js";
import type { Store } from "./store.js";
import { runVersionJob } from "./version-job.js";
import { Workers } from "./worker.js";

export interface MarketplaceOptions extends QueueOptions {
  readonly database: Database;
  readonly client: Client;
  readonly store: Store;
  /** The secret given to Apple with the webhook. */
  readonly secret: string;
  readonly trust?: TrustedRoots | undefined;
  /** The id of that webhook. Without it, missed notifications are not looked for. */
  readonly webhookId?: string | undefined;
  /** Jobs that this process does at a time. Default 4. */
  readonly workers?: number | undefined;
  /** Ms between two looks into an empty queue. Default 1,000. */
  readonly pollInterval?: number | undefined;
}

export interface Marketplace {
  readonly handle: (request: Request) => Promise<Response>;
  readonly context: Context;
  /** Finishes the running jobs or, after `grace` ms (default 20,000), hands them back. The database stays open. */
  stop(grace?: number): Promise<void>;
}

export async function startMarketplace(options: MarketplaceOptions): Promise<Marketplace> {
  const { database, client, store, trust, secret, webhookId, workers = 4, pollInterval = 1_000 } = options;
  const queue = new Queue(database, options);
  await database.alone(async () => {
    await migrate(database);
    await queue.start();
  });
  const context: Context = { database, queue, client, store, trust, webhookId };
  const handleEvent = createEventHandler(database, queue);

  const run = async (job: Job, signal: AbortSignal) => {
    if (job.queue === "reconcile") await runReconcileJob(context, job, signal);
    else if (job.queue === "missed") await runMissedJob(context, job, handleEvent);
    else if (job.data.packageId !== undefined) await runPackageJob(context, job, signal);
    else await runVersionJob(context, job, signal);
  };
  const running = new Workers({ context, run, count: workers, pollInterval });

  return {
    context,
    handle: createRoutes(context, createNotificationEndpoint(database, secret, handleEvent)),
    async stop(grace = 20_000) {
      await running.stop(grace);
      await queue.stop();
    },
  };
}
