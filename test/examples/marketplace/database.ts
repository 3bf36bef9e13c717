/**
 * PostgreSQL behind one small interface. With a URL it is a server, which many processes share. Without one it is PGlite,
 * which is PostgreSQL inside this process: nothing to install, and one connection, so all workers run in one process.
 */
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";

export interface Queries {
  /** Runs one statement. Without values it can be several statements; the rows are those of the last. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Queries {
  /** Commits what `work` did if it succeeds. `work` must use the queries that it gets: PGlite has no second connection. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Runs `work` while no other process is in a call of this method. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Any number that other programs on the database do not use. */
const LOCK = 7_265_001;

/** `connections` is how many statements a server gets from this process at a time. */
export async function openDatabase(url: string | undefined, connections = 10): Promise<Database> {
  return url === undefined ? embedded(await PGlite.create()) : server(url, connections);
}

function server(connectionString: string, max: number): Database {
  const pool = new pg.Pool({ connectionString, max });
  // A connection that breaks while nothing uses it. The next statement gets another one.
  pool.on("error", (error) => console.error(`PostgreSQL: ${error.message}`));

  async function withConnection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // It may be in the middle of a transaction: close it.
      client.release(true);
      throw error;
    }
  }

  return {
    query: (text, values) => withConnection((client) => rowsOf(client, text, values)),
    transaction: (work) =>
      withConnection(async (client) => {
        await client.query("begin");
        const result = await work({ query: (text, values) => rowsOf(client, text, values) });
        await client.query("commit");
        return result;
      }),
    alone: (work) =>
      withConnection(async (client) => {
        await client.query(`select pg_advisory_lock(${LOCK})`);
        const result = await work();
        await client.query(`select pg_advisory_unlock(${LOCK})`);
        return result;
      }),
    close: () => pool.end(),
  };
}

async function rowsOf<Row>(client: pg.PoolClient, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  // pg's types do not say that several statements give several results.
  const result: pg.QueryResult | pg.QueryResult[] = await client.query(text, [...values]);
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
}

function embedded(lite: PGlite): Database {
  const queries = (on: Pick<PGlite, "query" | "exec">): Queries => ({
    // The caller's type of a row is a promise about its statement; nothing can check it.
    query: async <Row>(text: string, values: readonly unknown[] = []) =>
      (values.length === 0 ? (await on.exec(text)).at(-1)?.rows : (await on.query(text, [...values])).rows) as Row[],
  });
  return {
    ...queries(lite),
    transaction: (work) => lite.transaction((transaction) => work(queries(transaction))),
    alone: (work) => work(),
    close: () => lite.close(),
  };
}
