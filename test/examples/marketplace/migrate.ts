/** Brings the tables up to date at each start: runs the files in migrations/ that have not run, in the order of their names. */
import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./database.js";

const FOLDER = new URL("./migrations/", import.meta.url);
/** Any number that other programs on the database do not use. */
const LOCK = 7_265_001;

/** Several processes may start at the same time: the others wait. What fails leaves nothing behind. */
export function migrate(database: Database): Promise<void> {
  return database.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${LOCK});
      create schema if not exists marketplace;
      create table if not exists marketplace.migrations (name text primary key, at timestamptz not null default now());`);
    const done = await queries.sql<{ name: string }>`select name from marketplace.migrations`;
    for (const name of (await readdir(FOLDER)).sort()) {
      if (done.some((migration) => migration.name === name)) continue;
      await queries.query(await readFile(new URL(name, FOLDER), "utf8"));
      await queries.sql`insert into marketplace.migrations (name) values (${name})`;
    }
  });
}
