/** Runs a marketplace in several processes while much fails: traffic.ts says what happens, soak.test.ts what must be true. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { verifyPackage } from "app-store-alternative-distribution/ingest";
import { createSandbox } from "app-store-alternative-distribution/sandbox";
import { seededRandom } from "../../../support/random.js";
import { openDatabase } from "../database.js";
import { type Marketplace, startMarketplace } from "../marketplace.js";
import { emptyPglite } from "../pglite-test-support.js";
import { type BucketVariables, runScheduled } from "../test-support.js";
import { Channel } from "./channel.js";
import { Downloads } from "./downloads.js";
import { Processes } from "./processes.js";
import { storedNames } from "./stored.js";
import { HOUR, Traffic } from "./traffic.js";
import { checkServedPackage } from "./visible.js";
import { optionsOf } from "./worker.js";

export interface SoakOptions {
  readonly databaseUrl: string | undefined;
  /** Undefined: packages are stored in a folder. */
  readonly bucket: BucketVariables | undefined;
  readonly seed: number;
  readonly packages: number;
  /** Without a server there is one process, which is not killed. */
  readonly processes: number;
  readonly workersPerProcess: number;
  readonly kills: number;
}

export interface SoakReport {
  /** What devices saw and should not have. */
  readonly visible: readonly string[];
  /** Packages that are not served as they should be, with what is wrong. */
  readonly wrong: readonly string[];
  /** Assets downloaded more than once although no worker was killed while it worked on their package. */
  readonly downloadedTwice: readonly string[];
  /** Packages in the dead-letter queue that are not hostile. */
  readonly deadLetters: readonly string[];
  readonly hours: number;
  readonly kills: number;
  readonly checks: number;
}

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { databaseUrl, packages, workersPerProcess } = options;
  const random = seededRandom(options.seed);
  let now = Date.now();
  const passTime = (ms: number) => {
    now += ms;
  };
  const channel = new Channel(random);
  const sandbox = createSandbox({ seed: options.seed, now: () => now, receive: channel.receive });
  const apple = await sandbox.listen();
  const folder = await mkdtemp(join(tmpdir(), "marketplace-soak-"));
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url });
  const traffic = new Traffic({ sandbox, client, packages, random, passTime });
  const settings = {
    credentials: sandbox.marketplaceCredentials,
    appleUrl: apple.url,
    secret: sandbox.notificationSecret,
    trust: sandbox.trust,
    folder,
    bucket: options.bucket,
    webhookId: await traffic.register(),
  };
  const database = await (databaseUrl === undefined ? emptyPglite() : openDatabase(databaseUrl));
  const own = optionsOf(settings);
  const workers = databaseUrl === undefined ? workersPerProcess : 0;
  const marketplace = await startMarketplace({ ...own, database, client: own.connect(database), workers });
  channel.connect(marketplace.handle);
  const processes = new Processes({
    ...settings,
    databaseUrl: databaseUrl ?? "",
    workers: workersPerProcess,
  });
  const downloads = new Downloads(sandbox);
  const watch = new Watch(marketplace, { random, downloads, passHour: () => passTime(HOUR) });
  try {
    if (databaseUrl !== undefined) {
      await processes.compile();
      for (let count = 0; count < options.processes; count++) await processes.start();
    }
    const killing = databaseUrl === undefined ? undefined : kill(watch, processes, options, random);
    await Promise.all([traffic.run(settings.webhookId), killing]);
    await channel.end();
    await watch.untilIdle();
    await watch.repeat("missed", "select count(*) > 0 as done from marketplace.missed");
    const [start] = await database.sql<{ time: Date }>`select now() as time`;
    const isCompared = "select count(*) = 0 as done from marketplace.state where wanted and checked_at < $1";
    await watch.repeat("reconcile", isCompared, [start?.time]);
    return await report(marketplace, {
      traffic,
      watch,
      trust: sandbox.trust,
      stored: () => storedNames(folder, options.bucket),
    });
  } finally {
    await processes.stop();
    await marketplace.stop(0);
    await Promise.all([database.close(), apple.close(), rm(folder, { recursive: true })]);
  }
}

/** Kills a process whenever some more packages are served, and starts another. */
async function kill(
  watch: Watch,
  processes: Processes,
  { kills, packages }: SoakOptions,
  random: () => number,
) {
  for (let count = 1; count <= kills; count++) {
    const served = Math.floor(((count - random()) / (kills + 1)) * packages * 0.8);
    await watch.until("select count(*) >= $1 as done from marketplace.served", [served]);
    // What runs between these two lines is on the list, too.
    await watch.noteActive();
    await processes.killOne();
    await watch.noteActive();
    await processes.start();
  }
}

interface WatchOptions {
  readonly random: () => number;
  readonly downloads: Downloads;
  readonly passHour: () => void;
}

/** Checks what is served, again and again, while it waits for something. */
class Watch {
  readonly visible: string[] = [];
  /** Packages on which a worker was at work when a process was killed. */
  readonly interrupted = new Set<string>();
  hours = 0;
  kills = 0;
  checks = 0;
  readonly downloads: Downloads;
  readonly #marketplace: Marketplace;
  readonly #options: WatchOptions;

  constructor(marketplace: Marketplace, options: WatchOptions) {
    this.#marketplace = marketplace;
    this.#options = options;
    this.downloads = options.downloads;
  }

  untilIdle(): Promise<void> {
    return this.until(
      "select count(*) = 0 as done from pgboss.job where name <> 'dead' and state < 'completed'",
    );
  }

  /** Runs a scheduled job until the statement says so. A job ends early when the calls of the hour are used up. */
  async repeat(
    name: "missed" | "reconcile",
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<void> {
    const { database } = this.#marketplace.context;
    for (;;) {
      const [row] = await database.query<{ done: boolean }>(statement, values);
      if (row?.done) return;
      await runScheduled(database, name);
      await this.untilIdle();
    }
  }

  async until(statement: string, values: readonly unknown[] = []): Promise<void> {
    const { database } = this.#marketplace.context;
    for (;;) {
      const [row] = await database.query<{ done: boolean }>(statement, values);
      await this.#look();
      if (row?.done) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async noteActive(): Promise<void> {
    const { database } = this.#marketplace.context;
    const rows = await database.sql<{
      id: string;
    }>`select data->>'packageId' as id from pgboss.job where name = 'packages' and state = 'active'`;
    for (const { id } of rows) this.interrupted.add(id);
    this.kills += 0.5;
  }

  async #look(): Promise<void> {
    const { context, handle } = this.#marketplace;
    const { downloads, random, passHour } = this.#options;
    downloads.read();
    const problem = await checkServedPackage(
      context.database,
      (path) => handle(new Request(`http://localhost${path}`)),
      random(),
    );
    if (problem !== undefined) this.visible.push(problem);
    this.checks++;
    // The hour's calls are used up: the next hour begins.
    const paused = await context.database
      .sql`update marketplace.api_limits set paused_until = now() where paused_until > now() returning key_id`;
    if (paused.length > 0) passHour();
    this.hours += paused.length;
    if (this.hours > 0) {
      await context.database.sql`update pgboss.job set start_after = now()
        where name = 'packages' and state = 'created' and start_after > now() + interval '1 minute'`;
    }
  }
}

interface Results {
  /** The packages of which there is something in the store. */
  readonly stored: () => Promise<readonly string[]>;
  readonly traffic: Traffic;
  readonly watch: Watch;
  readonly trust: string;
}

async function report(
  { context }: Marketplace,
  { stored, traffic, watch, trust }: Results,
): Promise<SoakReport> {
  const { database } = context;
  const wrong: string[] = [];
  const rows = await database.sql<{
    id: string;
    version: string;
  }>`select package_id as id, version_id as version from marketplace.served`;
  const served = new Map(rows.map(({ id, version }) => [id, version]));
  for (const [id, { versionId }] of traffic.expected) {
    if (served.get(id) !== versionId) wrong.push(`${id}: serves ${served.get(id)}, not ${versionId}`);
    else if (versionId && !(await verifyPackage(context.store(id), { trust })).valid)
      wrong.push(`${id}: not valid`);
  }
  const left = (await stored()).filter(
    (name) => !served.has(name) && traffic.expected.get(name)?.isHostile !== true,
  );
  for (const name of left) wrong.push(`${name}: should not be there`);
  const dead = await database.sql<{
    id: string;
  }>`select distinct data->>'packageId' as id from pgboss.job where name = 'dead'`;
  const hostile = [...traffic.expected].filter(([, { isHostile }]) => isHostile).map(([id]) => id);
  const deadLetters = dead.map(({ id }) => id).filter((id) => !hostile.includes(id));
  const blobs = await database.sql<{
    asset: string;
    id: string;
  }>`select asset_id as asset, package_id as id from marketplace.key_blobs`;
  const packageOf = new Map(blobs.map(({ asset, id }) => [asset, id]));
  const downloadedTwice = [...watch.downloads.counts].filter(
    ([asset, count]) =>
      count > 1 && packageOf.has(asset) && !watch.interrupted.has(packageOf.get(asset) ?? ""),
  );
  return {
    visible: watch.visible,
    wrong,
    downloadedTwice: downloadedTwice.map(([asset, count]) => `${asset}: ${count} times`),
    deadLetters,
    hours: watch.hours,
    kills: watch.kills,
    checks: watch.checks,
  };
}
