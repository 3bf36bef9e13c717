/** Brings the tables up to date at each start: runs the files in migrations/ that have not run, in the order of their names. */
import { readdir, readFile } from "node:fs/promises";
import type { Database } from "./database.js";

const FOLDER = new URL("./migrations/", import.meta.url);

/** Call it inside `database.alone`: several processes may start at the same time. What fails leaves nothing behind. */
export function migrate(database: Database): Promise<void> {
  return database.transaction(async (queries) => {
    await queries.query(`create schema if not exists marketplace;
      create table if not exists marketplace.migrations (name text primary key, at timestamptz not null default now());`);
    const done = await queries.sql<{ name: string }>`select name from marketplace.migrations`;
    for (const name of (await readdir(FOLDER)).sort()) {
      if (done.some((migration) => migration.name === name)) continue;
      await queries.query(await readFile(new URL(name, FOLDER), "utf8"));
      await queries.sql`insert into marketplace.migrations (name) values (${name})`;
    }
  });
}
