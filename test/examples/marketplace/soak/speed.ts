/**
 * Measures the marketplace for the bench: how long it takes from the notifications until all packages are served. The sandbox
 * and the workers share this process. Started with `{ packages, workers }` as its argument, it sends one {@link Speed}.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { createSandbox } from "app-store-alternative-distribution/sandbox";
import { createLimitedFetch } from "../api-limits.js";
import { type Database, openDatabase } from "../database.js";
import { startMarketplace } from "../marketplace.js";
import { openStore } from "../store.js";

export interface Speed {
  readonly packagesPerMinute: number;
  /** Ms from a notification to its answer. */
  readonly notification: number;
  /** Ms that the shared limits add to a call. */
  readonly limits: number;
  /** Of the process, bytes. */
  readonly memory: number;
}

/** A database in place of the one of an earlier run. */
async function newDatabase(server: string | undefined): Promise<Database> {
  if (!server) return openDatabase();
  const admin = await openDatabase(server);
  await admin.sql`drop database if exists marketplace_bench with (force)`;
  await admin.sql`create database marketplace_bench`;
  await admin.close();
  return openDatabase(Object.assign(new URL(server), { pathname: "/marketplace_bench" }).href);
}

async function measure(packages: number, workers: number): Promise<Speed> {
  const database = await newDatabase(process.env.DATABASE_URL);
  const sandbox = createSandbox({ seed: 1, limits: { perHour: 1_000_000_000 } });
  const apple = await sandbox.listen();
  const folder = await mkdtemp(join(tmpdir(), "marketplace-speed-"));
  const fetch = createLimitedFetch({ database, keyId: "speed", perMinute: 600_000 });
  const client = createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url, fetch });
  const { notificationSecret: secret, trust } = sandbox;
  const options = { database, client, store: openStore(folder), secret, trust, pollInterval: 50 };
  const receiver = await startMarketplace({ ...options, workers: 0 });

  const ids = Array.from({ length: packages }, () => {
    const { id } = sandbox.addAppStoreVersion({ variants: 1, assetBytes: 2_000 });
    return sandbox.publishVersion(id).versionId;
  });
  const notification = await timed(packages, async (index) => {
    const type = "alternativeDistributionPackageVersionCreated";
    await receiver.handle(sandbox.notification({ type, about: ids[index] ?? "" }));
  });
  const began = performance.now();
  const marketplace = await startMarketplace({ ...options, workers });
  while (!(await areServed(database, packages))) await new Promise((resolve) => setTimeout(resolve, 50));
  const packagesPerMinute = packages / ((performance.now() - began) / 60_000);
  const memory = process.memoryUsage().rss;
  await Promise.all([marketplace.stop(0), receiver.stop(0)]);

  // A URL that needs no network.
  const limited = await timed(200, async () => void (await fetch("data:,x", {})));
  const plain = await timed(200, async () => void (await globalThis.fetch("data:,x")));
  await Promise.all([database.close(), apple.close(), rm(folder, { recursive: true })]);
  return { packagesPerMinute, notification, limits: limited - plain, memory };
}

/** Ms of one, on average. */
async function timed(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let index = 0; index < count; index++) await work(index);
  return (performance.now() - began) / count;
}

async function areServed({ sql }: Database, packages: number): Promise<boolean> {
  const [row] = await sql<{ count: number }>`select count(*)::int as count from marketplace.served`;
  return row?.count === packages;
}

const { packages, workers } = JSON.parse(process.argv[2] ?? "{}");
process.send?.(await measure(packages, workers));
