/**
 * The jobs, on pg-boss: a queue in PostgreSQL, so that a job and the rows that it changes are committed together.
 *
 * - A job is fetched alone. pg-boss completes and fails the jobs of a batch together, so one failing package would fail others.
 * - A worker holds a job by a lease, which it renews. When the worker is killed, the lease ends by the database's clock,
 *   and another worker gets the job.
 * - At most one job per package waits (policy `short`). pg-boss has policies that also allow one running job per key, but
 *   its `fetch` then returns nothing while the first waiting job has a key that is running: one slow package would stop
 *   all workers. So the row of the package says which job runs (see package-job.ts).
 */
import PgBoss from "pg-boss";
import type { Database, Queries } from "./database.js";

const SCHEDULED = ["missed", "reconcile"] as const;
export type QueueName = "packages" | (typeof SCHEDULED)[number];

/** A package that has to be ingested or removed, or a version whose package has to be found. Empty for scheduled jobs. */
type JobData = Readonly<Partial<Record<"packageId" | "versionId" | "appId", string>>>;

/** Its `retryCount` also tells two workers apart that were given the same job. */
export type Job = PgBoss.JobWithMetadata<JobData>;

export const isLastAttempt = ({ retryCount, retryLimit }: Job) => retryCount >= retryLimit;

/** The job does not belong to this worker any more: the lease ended, and another worker gets the job. */
export class LeaseLostError extends Error {}

const PRIORITY = { takedown: 20, version: 10, ingest: 0 };

export interface QueueOptions {
  /** Seconds without a renewal after which another worker gets the job. Default 60. */
  readonly lease?: number | undefined;
  /** Retries before a job is given up. Default 8. */
  readonly retryLimit?: number | undefined;
  /** Seconds before the first retry; twice as many before each next one. Default 5. */
  readonly retryDelay?: number | undefined;
  /** Crontab times of the scheduled jobs; `undefined` for none. */
  readonly schedule?: Readonly<Record<"missed" | "reconcile", string>> | undefined;
}

export class Queue {
  readonly lease: number;
  readonly #boss: PgBoss;

  constructor(database: Database, { lease = 60, schedule }: QueueOptions) {
    this.lease = lease;
    this.#boss = new PgBoss({
      ...via(database),
      schedule: schedule !== undefined,
      // Looks for leases that have ended.
      maintenanceIntervalSeconds: Math.max(1, Math.ceil(this.lease / 4)),
    });
    this.#boss.on("error", (error) => console.error(`pg-boss: ${error.message}`));
  }

  /** Creates pg-boss's tables and the queues, or changes them to what the options say. */
  async start(database: Database, { retryLimit = 8, retryDelay = 5, schedule }: QueueOptions): Promise<void> {
    const { lease: expireInSeconds } = this;
    const settings = { policy: "short", expireInSeconds, retryDelay, retryBackoff: true } as const;
    await this.#boss.start();
    const create = async (name: string, more: object) => {
      await this.#boss.createQueue(name, { name, ...settings, ...more });
      await this.#boss.updateQueue(name, { name, ...settings, ...more });
    };
    await create("dead", {});
    await create("packages", { retryLimit, deadLetter: "dead" });
    for (const name of SCHEDULED) {
      // A scheduled job that fails is not tried again: the next one comes soon.
      await create(name, { retryLimit: 0 });
      if (schedule) await this.#boss.schedule(name, schedule[name], {});
    }
    // In the order of `fetch`: without it, each fetch would sort all jobs that wait.
    await database.query(`create index if not exists waiting
      on pgboss.job (name, priority desc, created_on, id) where state < 'active'`);
  }

  stop(): Promise<void> {
    return this.#boss.stop({ graceful: false });
  }

  /** Adds a job that ingests a package or, if it is not wanted, removes it. If one waits already, that is enough. */
  async sendPackage(queries: Queries, packageId: string, kind: "ingest" | "takedown" = "ingest") {
    const priority = PRIORITY[kind];
    if ((await this.#send(queries, { data: { packageId }, priority })) || kind === "ingest") return;
    // The job that waits is an ingest, perhaps one that waits for an hour. Now it is a takedown.
    await queries.sql`update pgboss.job set priority = ${priority}, start_after = now()
      where name = 'packages' and singleton_key = ${packageId} and state < 'active'`;
  }

  /** Adds a job that finds the package of a version, which is then ingested. An earlier one that was given up is forgotten. */
  async sendVersion(queries: Queries, versionId: string, appId: string): Promise<void> {
    await queries.sql`delete from pgboss.job where name = 'dead' and data->>'versionId' = ${versionId}`;
    await this.#send(queries, { data: { versionId, appId }, priority: PRIORITY.version });
  }

  /** False if a job for the same thing waits already. */
  async #send(queries: Queries, { data, priority }: Pick<Job, "data" | "priority">, startAfter = 0) {
    const singletonKey = data.packageId ?? data.versionId ?? "";
    const options = { singletonKey, priority, startAfter, ...via(queries) };
    return (await this.#boss.send("packages", data, options)) !== null;
  }

  /** The next job of the first queue that has one. Takedowns come before versions, and those before ingests. */
  async fetch(names: readonly QueueName[]): Promise<Job | undefined> {
    for (const queue of names) {
      const [job] = await this.#boss.fetch<JobData>(queue, { includeMetadata: true });
      if (job) return job;
    }
    return undefined;
  }

  /** The lease starts again from now. @throws LeaseLostError */
  async renew(queries: Queries, { id, name, retryCount }: Job): Promise<void> {
    const renewed = await queries.sql`update pgboss.job set started_on = now()
      where name = ${name} and id = ${id} and retry_count = ${retryCount} and state = 'active' returning id`;
    if (renewed.length === 0) throw new LeaseLostError("The lease of this job has ended");
  }

  /** Ends a job that succeeded. It is deleted: what it did is in the tables, and the queue stays small. */
  async complete(queries: Queries, job: Job): Promise<void> {
    await this.renew(queries, job);
    await this.#boss.deleteJob(job.name, job.id, via(queries));
  }

  /** Puts a job back into the queue, without counting a failure. If a job for the same thing waits already, that is enough. */
  async postpone(queries: Queries, job: Job, seconds: number): Promise<void> {
    await this.complete(queries, job);
    if (job.name === "packages") await this.#send(queries, job, seconds);
  }

  /** Retries the job after a delay. If it is given up, or this was the last attempt, puts it into the dead-letter queue. */
  async fail(queries: Queries, job: Job, reason: object, giveUp: boolean): Promise<void> {
    await this.renew(queries, job);
    if (giveUp)
      await queries.sql`update pgboss.job set retry_limit = retry_count where name = ${job.name} and id = ${job.id}`;
    await this.#boss.fail(job.name, job.id, reason, via(queries));
  }
}

/** pg-boss's option that makes a call use these queries: all of them, or those of a transaction. */
function via(queries: Queries): { readonly db: PgBoss.Db } {
  return { db: { executeSql: async (text, values) => ({ rows: await queries.query(text, values) }) } };
}
