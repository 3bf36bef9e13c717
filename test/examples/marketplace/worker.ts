/** The workers of one process: each takes a job, does it, and takes the next. */
import { setMaxListeners } from "node:events";
import type { Context } from "./context.js";
import { explain } from "./failures.js";
import { type Job, LeaseLostError, type QueueName } from "./queue.js";

export type RunJob = (job: Job, signal: AbortSignal) => Promise<void>;

export interface WorkerOptions {
  readonly context: Context;
  readonly run: RunJob;
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
  readonly #handBack = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(options: WorkerOptions) {
    this.#options = options;
    setMaxListeners(0, this.#stopping.signal, this.#handBack.signal);
    this.#loops = Array.from({ length: options.count }, (_, index) => this.#loop(index === 0 ? FIRST : OTHERS));
  }

  /** Takes no more jobs. After `grace` ms, running jobs are handed back: another worker goes on where they stopped. */
  async stop(grace: number): Promise<void> {
    this.#stopping.abort();
    const timer = setTimeout(() => this.#handBack.abort(new Error("The worker is stopping")), grace);
    await Promise.all(this.#loops);
    clearTimeout(timer);
  }

  async #loop(queues: readonly QueueName[]): Promise<void> {
    const { queue } = this.#options.context;
    while (!this.#stopping.signal.aborted) {
      const job = await queue.fetch(queues);
      if (job) await this.#do(job);
      else await pause(this.#options.pollInterval, this.#stopping.signal);
    }
  }

  async #do(job: Job): Promise<void> {
    try {
      await this.#options.run(job, this.#handBack.signal);
    } catch (error) {
      // Without a database the job stays as it is until its lease ends.
      await this.#failed(job, error).catch((reason) => console.error(`Job ${job.id}:`, reason));
    }
  }

  async #failed(job: Job, error: unknown): Promise<void> {
    if (error instanceof LeaseLostError) return;
    const { database, queue } = this.#options.context;
    const failure = explain(error);
    const giveUp = failure.then === "give-up" || (failure.then === "retry" && job.isLastTry);
    await database.transaction(async (queries) => {
      if (this.#handBack.signal.aborted) return queue.postpone(queries, job, 0);
      if (failure.then === "wait") await queue.postpone(queries, job, failure.seconds);
      else await queue.fail(queries, job, { reason: failure, giveUp });
      const { packageId } = job.data;
      if (!packageId) return console.error(`Job ${job.queue} ${JSON.stringify(job.data)}: ${failure.message}`);
      const problem = JSON.stringify({ ...failure, then: giveUp ? "give-up" : failure.then, at: new Date() });
      const [row] = await queries.query<{ changed: boolean }>("select changed from marketplace.packages where id = $1 for update", [packageId]);
      await queries.query("update marketplace.packages set problem = $2, changed = false where id = $1", [packageId, problem]);
      // What was decided meanwhile needs a job of its own: this one may not come back.
      if (row?.changed) await queue.sendPackage(queries, packageId);
    });
  }
}

/** Random, so that the workers of many processes do not all ask at the same moment. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms * (0.5 + Math.random()));
    signal.addEventListener("abort", end);
  });
}
