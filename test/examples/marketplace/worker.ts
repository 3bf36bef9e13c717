/** The workers of one process: each takes a job, does it, and takes the next. */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "./context.js";
import { explain } from "./failures.js";
import { type Job, LeaseLostError, type QueueName } from "./queue.js";

export interface WorkerOptions {
  readonly context: Context;
  readonly run: (job: Job, signal: AbortSignal) => Promise<void>;
  /** How many jobs to do at a time. */
  readonly count: number;
  /** Ms between two looks into an empty queue. */
  readonly pollInterval: number;
}

/** The first worker looks for scheduled jobs first, so that many packages cannot delay them. */
const FIRST: readonly QueueName[] = ["missed", "reconcile", "packages"];
const OTHERS: readonly QueueName[] = ["packages", "missed", "reconcile"];

export class Workers {
  readonly #options: WorkerOptions;
  /** Aborts when no more jobs are taken. */
  readonly #stopping = new AbortController();
  /** Aborts when the running jobs have to end. */
  readonly #handingBack = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(options: WorkerOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal, this.#handingBack.signal);
    this.#loops = Array.from({ length: options.count }, (_, index) =>
      this.#loop(index === 0 ? FIRST : OTHERS),
    );
  }

  /** Takes no more jobs. After `grace` ms, running jobs are handed back: another worker goes on where they stopped. */
  async stop(grace: number): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#handingBack.abort(new Error("The worker is stopping")), grace);
    await Promise.all(this.#loops);
    clearTimeout(timer);
  }

  async #loop(queues: readonly QueueName[]): Promise<void> {
    const { context, pollInterval } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const job = await context.queue.fetch(queues);
      if (job) await this.#do(job);
      // Random, so that the workers of many processes do not all look at the same moment.
      else await sleep(pollInterval * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    }
  }

  async #do(job: Job): Promise<void> {
    try {
      await this.#options.run(job, this.#handingBack.signal);
    } catch (error) {
      // Without a database the job stays as it is until its lease ends.
      await this.#failed(job, error).catch((reason) => console.error(`Job ${job.id}:`, reason));
    }
  }

  async #failed(job: Job, error: unknown): Promise<void> {
    if (error instanceof LeaseLostError) return;
    const { database, queue } = this.#options.context;
    const failure = explain(error);
    const isGivenUp = failure.kind === "give up" || (failure.kind === "retry" && job.isLastTry);
    await database.transaction(async (queries) => {
      if (this.#handingBack.signal.aborted) return queue.postpone(queries, job, 0);
      if (failure.kind === "wait") await queue.postpone(queries, job, failure.seconds);
      else await queue.fail(queries, job, failure, isGivenUp);
      const problem = JSON.stringify({ ...failure, kind: isGivenUp ? "give up" : failure.kind });
      await queries.sql`update marketplace.packages set problem = ${problem} where id = ${job.data.packageId}`;
      if (!job.data.packageId)
        console.error(`Job ${job.queue} ${JSON.stringify(job.data)}: ${failure.message}`);
    });
  }
}
