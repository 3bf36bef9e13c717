/** The workers of one process: each takes a job, does it, and takes the next. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "./context.js";
import { explain } from "./failures.js";
import { isLastAttempt, type Job, LeaseLostError, type QueueName } from "./queue.js";

export interface WorkerOptions {
  /** Jobs that this process does at a time. Default 4. */
  readonly workers?: number | undefined;
  /** Ms between two queries when the queue is empty. Default 1,000. */
  readonly pollInterval?: number | undefined;
}

/** The first worker looks for scheduled jobs first, so that many packages cannot delay them. */
const FIRST: readonly QueueName[] = ["missed", "reconcile", "packages"];
const OTHERS: readonly QueueName[] = ["packages", "missed", "reconcile"];

/**
 * Returns a function that stops them. They take no more jobs. Jobs that still run after `grace` ms go back to the queue, and
 * another worker continues them.
 */
export function startWorkers(
  context: Context,
  run: (job: Job, signal: AbortSignal) => Promise<void>,
  { workers = 4, pollInterval = 1_000 }: WorkerOptions,
) {
  const stopping = new AbortController();
  const giveBack = new AbortController();
  setMaxListeners(0, stopping.signal, giveBack.signal);

  async function work(names: readonly QueueName[]): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      const job = await context.queue.fetch(names);
      // Random, so that the workers of many processes do not all ask at the same moment.
      if (!job) await sleep(pollInterval * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
      else
        await run(job, giveBack.signal)
          .catch((error) => failed(context, job, error, giveBack.signal.aborted))
          // If the database does not answer, the job stays as it is until its lease ends.
          .catch((error) => console.error(`Job ${job.id}:`, error));
    }
  }

  const loops = Array.from({ length: workers }, (_, index) => work(index === 0 ? FIRST : OTHERS));
  return async (grace: number): Promise<void> => {
    stopping.abort();
    const timer = setTimeout(() => giveBack.abort(new Error("The worker is stopping")), grace);
    await Promise.all(loops);
    clearTimeout(timer);
  };
}

async function failed({ database, queue }: Context, job: Job, error: unknown, isStopping: boolean) {
  if (error instanceof LeaseLostError) {
    // It may have stored files after another job removed them.
    const [removed] = await database.sql<{ id: string }>`
      select id from marketplace.state where id = ${job.data.packageId} and not wanted`;
    if (removed) await queue.sendPackage(database, removed.id, "takedown");
    return;
  }
  if (isStopping) return database.transaction((queries) => queue.postpone(queries, job, 0));
  const failure = explain(error);
  const isGivenUp = failure.kind === "give up" || (failure.kind === "retry" && isLastAttempt(job));
  const problem = { ...failure, kind: isGivenUp ? "give up" : failure.kind };
  if (!job.data.packageId) console.error(`Job ${job.name} ${JSON.stringify(job.data)}: ${failure.message}`);
  await database.transaction(async (queries) => {
    await queries.sql`update marketplace.packages set problem = ${JSON.stringify(problem)} where id = ${job.data.packageId}`;
    if (failure.kind === "wait") await queue.postpone(queries, job, failure.seconds);
    else await queue.fail(queries, job, problem, isGivenUp);
  });
}
