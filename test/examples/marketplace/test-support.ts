/** The marketplace against the sandbox, on each database that is there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientOptions, createClient } from "app-store-alternative-distribution";
import { createSandbox, type NotificationOptions, type SandboxOptions } from "app-store-alternative-distribution/sandbox";
import { onTestFinished } from "vitest";
import { type Database, openDatabase } from "./database.js";
import { type MarketplaceOptions, startMarketplace } from "./marketplace.js";
import { folderStore } from "./store.js";

/** PGlite always; a server if DATABASE_URL names one. */
export const databases: readonly { readonly name: string; readonly url: string | undefined }[] = [
  { name: "PGlite", url: undefined },
  ...(process.env.DATABASE_URL ? [{ name: "PostgreSQL", url: process.env.DATABASE_URL }] : []),
];

/** A database of its own on the server, deleted at the end of the test. */
export async function newDatabaseUrl(server: string): Promise<string> {
  const name = `marketplace_${process.pid}_${performance.now().toString(36).replace(".", "_")}`;
  const admin = await openDatabase(server, 1);
  await admin.query(`create database ${name}`);
  onTestFinished(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.close();
  });
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

type Options = Partial<MarketplaceOptions> & { readonly client?: Partial<ClientOptions>; readonly sandbox?: SandboxOptions };

export async function setUp(url: string | undefined, { sandbox: sandboxOptions, ...options }: Options = {}) {
  const sandbox = createSandbox({ seed: "marketplace", ...sandboxOptions });
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "marketplace-test-"));
  const database = await openDatabase(url === undefined ? undefined : await newDatabaseUrl(url));
  const marketplace = await startMarketplace({
    database,
    client: createClient({ ...sandbox.marketplaceCredentials, baseUrl: apple.url }),
    store: folderStore(join(directory, "packages")),
    secret: sandbox.notificationSecret,
    trust: sandbox.trust,
    pollInterval: 20,
    retryDelay: 1,
    lease: 2,
    ...options,
  });
  onTestFinished(async () => {
    await marketplace.stop(0);
    await database.close();
    await apple.close();
    await rm(directory, { recursive: true });
  });
  return {
    sandbox,
    database,
    directory,
    marketplace,
    apple,
    notify: async (notification: NotificationOptions) =>
      (await marketplace.handle(sandbox.notification({ ...notification, url: "http://localhost/notifications" }))).status,
    get: (path: string) => marketplace.handle(new Request(`http://localhost${path}`)),
    /** Waits until no job waits or runs. */
    idle: () =>
      until(database, "select not exists (select from pgboss.job where name = 'packages' and state < 'completed') as done"),
  };
}

/** Waits until a statement's column `done` is true. */
export async function until(database: Database, statement: string, values: readonly unknown[] = []): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ done: boolean }>(statement, values);
    if (row?.done) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
