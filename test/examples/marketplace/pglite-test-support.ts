/** Embedded databases for tests, from a copy of an empty cluster. To make a cluster takes seconds. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { type Database, embedded } from "./database.js";

// A new installation deletes it. `npm run marketplace -- --install` makes it.
const cluster = new URL("node_modules/.cache/pglite.tar", import.meta.url);

/** An empty cluster as a tar file. */
export async function emptyCluster(): Promise<Blob> {
  const kept = await readFile(cluster).catch(() => undefined);
  if (kept) return new Blob([kept]);
  const lite = await PGlite.create();
  const dump = await lite.dumpDataDir("none");
  await lite.close();
  await mkdir(new URL(".", cluster), { recursive: true });
  const unfinished = new URL(`${cluster.href}.${process.pid}`);
  await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
  // Another test process may do the same now.
  await rename(unfinished, cluster);
  return dump;
}

/** Makes the folder of an embedded database, for a program that is to be started on it. */
export async function newCluster(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const lite = await PGlite.create({ dataDir, loadDataDir: await emptyCluster() });
  await lite.close();
}

/** An empty database in memory. */
export async function emptyPglite(): Promise<Database> {
  return embedded(await PGlite.create({ loadDataDir: await emptyCluster() }));
}
