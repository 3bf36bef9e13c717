/**
 * Measures the marketplace for the bench: how long it takes from the start of its workers until all packages are served. The
 * notifications were handled before. Started with `{ packages, workers }` as its argument, it sends one {@link Speed}.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "app-store-alternative-distribution";
import { createLimitedFetch } from "../api-limits.js";
import { type Database, openDatabase } from "../database.js";
import { startMarketplace } from "../marketplace.js";
import { openStore } from "../store.js";
import { type Apple, serveApple } from "./apple.js";

export interface Speed {
  /** Until all packages are served. */
  readonly seconds: number;
  /** Ms from a notification to its answer. */
  readonly notification: number;
  /** Ms that the shared limits add to a call. */
  readonly limits: number;
  /** The most that the process used, with PGlite also its database. Bytes. */
  readonly memory: number;
}

/** The argument with which this program is Apple, and not the marketplace. */
interface AppleSettings {
  readonly apple: number;
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
  const settings: AppleSettings = { apple: packages };
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(settings)]);
  const [apple] = (await once(child, "message")) as [Apple]; // its only message
  const { url: baseUrl, credentials, secret, trust, notifications } = apple;
  const database = await newDatabase(process.env.DATABASE_URL);
  const folder = await mkdtemp(join(tmpdir(), "marketplace-speed-"));
  const fetch = createLimitedFetch({ database, keyId: "speed", perMinute: 600_000 });
  const client = createClient({ ...credentials, baseUrl, fetch });
  const options = { database, client, store: openStore(folder), secret, trust, pollInterval: 50 };
  const receiver = await startMarketplace({ ...options, workers: 0 });

  const notification = await timed(packages, async (index) => {
    const { status } = await receiver.handle(
      new Request("http://localhost/notifications", { method: "POST", ...notifications[index] }),
    );
    if (status !== 200) throw new Error(`A notification was answered with ${status}`);
  });
  const began = performance.now();
  const marketplace = await startMarketplace({ ...options, workers });
  while (!(await areServed(database, packages))) await new Promise((resolve) => setTimeout(resolve, 100));
  const seconds = (performance.now() - began) / 1_000;
  const memory = process.resourceUsage().maxRSS * 1_024;
  await Promise.all([marketplace.stop(0), receiver.stop(0)]);

  // A URL that needs no network.
  const limited = await timed(200, async () => void (await fetch("data:,x", {})));
  const plain = await timed(200, async () => void (await globalThis.fetch("data:,x")));
  child.disconnect();
  await Promise.all([database.close(), rm(folder, { recursive: true })]);
  return { seconds, notification, limits: limited - plain, memory };
}

/** Ms of one, on average. */
async function timed(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let index = 0; index < count; index++) await work(index);
  return (performance.now() - began) / count;
}

async function areServed({ sql }: Database, packages: number): Promise<boolean> {
  const [row] = await sql<{ done: boolean }>`
    select count(served_version) = ${packages} as done from marketplace.packages`;
  return row?.done === true;
}

const settings: AppleSettings | { packages: number; workers: number } = JSON.parse(process.argv[2] ?? "{}");
if ("apple" in settings) await serveApple(settings.apple);
else process.send?.(await measure(settings.packages, settings.workers));
