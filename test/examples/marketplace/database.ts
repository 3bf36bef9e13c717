/**
 * PostgreSQL behind one small interface. With a URL it is a server, which many processes share. Without one it is PGlite,
 * which is PostgreSQL inside this process: nothing to install, and one connection, so all workers run in one process.
 */
import { once } from "node:events";
import { mkdir, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { isAbsolute } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";

export interface Queries {
  /** Runs one statement; its values are sent apart from its text. The type of the rows is the caller's promise. */
  sql<Row = unknown>(text: TemplateStringsArray, ...values: unknown[]): Promise<Row[]>;
  /** The same with `$1`, `$2` in the text. Without values it can be several statements; the rows are those of the last. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

type Work<T> = (queries: Queries) => Promise<T>;

export interface Database extends Queries {
  /** Commits what `work` did if it succeeds. `work` must use the queries that it gets: PGlite has no second connection. */
  transaction<T>(work: Work<T>): Promise<T>;
  /** Runs `work` while no other process is in a call of this method. */
  alone(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Any number that other programs on the database do not use. */
const LOCK = 7_265_001;

/** Opens the server at `postgres://…`, or the embedded database in the folder at an absolute path; without either, one in memory. */
export async function openDatabase(location?: string): Promise<Database> {
  if (location === undefined) return embedded(await PGlite.create());
  return isAbsolute(location) ? inFolder(location) : server(location);
}

/**
 * Two processes would destroy the database. So this one takes a name of the system, which gives it to one process at a time
 * and frees it when that process ends. Only on Linux, and not between containers with networks of their own.
 */
async function inFolder(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true });
  const { dev, ino } = await stat(folder);
  const lock = createServer().unref();
  if (process.platform === "linux")
    await once(lock.listen(`\0marketplace-${dev}-${ino}`), "listening").catch((cause) => {
      throw new Error(`Another process uses ${folder}. With DATABASE_URL, there can be several.`, { cause });
    });
  const lite = await PGlite.create(folder);
  return { ...embedded(lite), close: () => lite.close().then(() => void lock.close()) };
}

function withSql(query: Queries["query"]): Queries {
  const number = (text: TemplateStringsArray) => text.reduce((sum, part, index) => `${sum}$${index}${part}`);
  return { query, sql: (text, ...values) => query(number(text), values) };
}

async function server(connectionString: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString });
  await pool.query("").catch(({ message, code }) => {
    throw new Error(`DATABASE_URL: ${message || code}`);
  });
  // A connection that breaks must not end the process. What uses it fails, and the next statement gets another one.
  pool.on("error", (error) => console.error(`PostgreSQL: ${error.message}`));
  pool.on("connect", (client) => client.on("error", () => {}));

  const queriesOn = (on: pg.Pool | pg.PoolClient) =>
    withSql(async (text, values) => {
      // pg's types do not say that several statements give several results.
      const result: pg.QueryResult | pg.QueryResult[] = await on.query(text, values && [...values]);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    });

  async function between<T>(before: string, work: Work<T>, after: string): Promise<T> {
    const client = await pool.connect();
    try {
      await client.query(before);
      const result = await work(queriesOn(client));
      await client.query(after);
      client.release();
      return result;
    } catch (error) {
      // It may be in the middle of a transaction: it is closed.
      client.release(true);
      throw error;
    }
  }

  return {
    ...queriesOn(pool),
    transaction: (work) => between("begin", work, "commit"),
    alone: (work) => between(`select pg_advisory_lock(${LOCK})`, work, `select pg_advisory_unlock(${LOCK})`),
    close: () => pool.end(),
  };
}

export function embedded(lite: PGlite): Database {
  const queriesOn = (on: Pick<PGlite, "query" | "exec">) =>
    withSql(async <Row>(text: string, values: readonly unknown[] = []) => {
      const result = values.length === 0 ? (await on.exec(text)).at(-1) : await on.query(text, [...values]);
      return (result?.rows ?? []) as Row[]; // as in pg's types, nothing can check it
    });
  return {
    ...queriesOn(lite),
    transaction: (work) => lite.transaction((transaction) => work(queriesOn(transaction))),
    alone: (work) => work(),
    close: () => lite.close(),
  };
}
