/** The marketplace against the sandbox, on each database that is there. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { type ClientOptions, createClient, type WebhookRequest } from "app-store-alternative-distribution";
import {
  createSandbox,
  type NotificationOptions,
  type Sandbox,
  type SandboxOptions,
  type VersionAssets,
} from "app-store-alternative-distribution/sandbox";
import { inject, onTestFinished, vi } from "vitest";
import { systemClock } from "../../../src/clock.js";
import type { Radosgw } from "../../support/radosgw.js";
import { ACCESS_KEY } from "../../support/s3/requests.js";
import { s3ClientFor, startS3Server } from "../../support/s3-server.js";
import { type Database, openDatabase } from "./database.js";
import { type MarketplaceOptions, startMarketplace } from "./marketplace.js";
import { emptyPglite } from "./pglite-test-support.js";
import { openStore, type Store } from "./store.js";

/** PGlite always; a server if DATABASE_URL names one. */
export const databases: readonly { readonly name: string; readonly server: string | undefined }[] = [
  { name: "PGlite", server: undefined },
  ...(process.env.DATABASE_URL ? [{ name: "PostgreSQL", server: process.env.DATABASE_URL }] : []),
];

/** A folder always; with the server, radosgw or, where that does not run, a bucket in this process. */
export const places = databases.map(({ name, server }) => ({
  name: server ? `${name} and S3` : `${name} and a folder`,
  server,
  openStore: server ? openBucket : undefined,
}));

/** The variables that make the marketplace use a bucket. */
export type BucketVariables = Readonly<Record<"S3_BUCKET" | "S3_ENDPOINT", string>>;

/** Makes a bucket for one test. The SDK finds its credentials in the environment, also in processes that the test starts. */
export async function newBucket(): Promise<BucketVariables> {
  const radosgw: Radosgw = inject("radosgw");
  const fake = "absent" in radosgw ? await startS3Server() : undefined;
  const S3_BUCKET = fake?.bucketName ?? `marketplace-${randomUUID()}`;
  const S3_ENDPOINT = "absent" in radosgw ? `${fake?.url}` : radosgw.url;
  const { accessKeyId, secretAccessKey } =
    "absent" in radosgw ? { accessKeyId: ACCESS_KEY, secretAccessKey: "fake" } : radosgw;
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  if (!fake) {
    const client = s3ClientFor(S3_ENDPOINT, { credentials: { accessKeyId, secretAccessKey } });
    await client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }));
  }
  return { S3_BUCKET, S3_ENDPOINT };
}

/** A store in a new bucket; with a name, in one that does not exist. */
export async function openBucket(missing?: string): Promise<Store> {
  const variables = await newBucket();
  return openStore("", missing === undefined ? variables : { ...variables, S3_BUCKET: missing });
}

declare global {
  /** One for each process: the test files that vitest runs in it share it. */
  var marketplacePglite: Promise<Database> | undefined;
}

/** Deletes what a test left. The tables stay, and the queues with them: to make them takes longer than most tests. */
const EMPTY = `do $$
  declare tables text := (
    select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables
    where schemaname in ('marketplace', 'pgboss') and tablename not in ('migrations', 'queue', 'version'));
  begin
    if tables is not null then execute 'truncate ' || tables; end if;
  end $$`;

/** An empty database, for one test. On a server, `url` opens it again. */
export async function emptyDatabase(
  server: string | undefined,
): Promise<Database & { readonly url: string }> {
  if (server === undefined) {
    globalThis.marketplacePglite ??= emptyPglite();
    const database = await globalThis.marketplacePglite;
    await database.query(EMPTY);
    return { ...database, url: "", close: async () => {} };
  }
  const name = `marketplace_${process.pid}_${performance.now().toString(36).replace(".", "_")}`;
  const admin = await openDatabase(server);
  await admin.query(`create database ${name}`);
  onTestFinished(async () => {
    // Connections that were closed end a moment later; the server would complain of being interrupted.
    const used = () => admin.sql`select from pg_stat_activity where datname = ${name}`;
    for (let count = 0; count < 50 && (await used()).length > 0; count++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await admin.query(`drop database ${name} with (force)`);
    await admin.close();
  });
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const database = await openDatabase(url);
  return { ...database, url };
}

export type SetUpOptions = Partial<MarketplaceOptions> & {
  readonly sandboxOptions?: SandboxOptions;
  /** Makes options of the client. */
  readonly clientOptions?: (database: Database) => Partial<Pick<ClientOptions, "fetch" | "maxRetries">>;
};

/** A sandbox, a database and a folder; and a function that starts a marketplace on them, as each process does. */
export async function prepare(
  server: string | undefined,
  { sandboxOptions, clientOptions, ...options }: SetUpOptions = {},
) {
  const sandbox = createSandbox({ seed: "marketplace", ...sandboxOptions });
  const apple = await sandbox.listen();
  const directory = await mkdtemp(join(tmpdir(), "marketplace-test-"));
  const database = await emptyDatabase(server);
  const client = createClient({
    ...sandbox.marketplaceCredentials,
    baseUrl: apple.url,
    ...clientOptions?.(database),
  });
  const defaults = {
    database,
    client,
    store: openStore(join(directory, "packages")),
    secret: sandbox.notificationSecret,
    trust: sandbox.trust,
    // More of both would keep PGlite busy while tests wait.
    workers: 2,
    pollInterval: 50,
    retryDelay: 1,
    // On a busy machine, a shorter one would end while its worker waits for the processor, and its job be done again.
    lease: 10,
    ...options,
  };
  onTestFinished(async () => {
    await database.close();
    await apple.close();
    await rm(directory, { recursive: true });
  });
  return {
    sandbox,
    apple,
    directory,
    database,
    packageFolder: (packageId: string) => join(directory, "packages", packageId),
    /** Publishes a version of a new app, of which nobody is notified. */
    publish: (assets?: VersionAssets) => sandbox.publishVersion(sandbox.addAppStoreVersion(assets).id),
    async start(more: Partial<MarketplaceOptions> = {}) {
      const marketplace = await startMarketplace({ ...defaults, ...more });
      onTestFinished(() => marketplace.stop(0));
      const get = (path: string) => marketplace.handle(new Request(`http://localhost${path}`));
      const post = async (notification: NotificationOptions) =>
        (await marketplace.handle(sandbox.notification(withUrl(notification)))).status;
      return {
        ...marketplace,
        post,
        created: (versionId: string) =>
          post({ type: "alternativeDistributionPackageVersionCreated", about: versionId }),
        get,
        /** Calls the marketplace as over the network. */
        fetch: (url: string, init?: RequestInit) => marketplace.handle(new Request(url, init)),
        /** The paths in the store. */
        stored: async (packageId: string) => {
          const { signal } = new AbortController();
          const files = await marketplace.context.store(packageId).list({ signal, clock: systemClock });
          return [...files.keys()];
        },
        /** The status of a GET. */
        async statusOf(path: string): Promise<number> {
          const { status, body } = await get(path);
          await body?.cancel();
          return status;
        },
      };
    },
    /** Registers the marketplace's webhook for versions, and returns its id. */
    webhook: async () => (await client.webhooks.create(webhookOf(sandbox))).data.id,
    /** The paths of the downloads from the CDN. */
    downloads: () =>
      sandbox.requests.filter(({ on, status }) => on === "cdn" && status === 200).map(({ path }) => path),
    /** Waits until no job waits or runs. */
    idle: () =>
      until(
        database,
        "select count(*) = 0 as done from pgboss.job where name = 'packages' and state < 'completed'",
      ),
  };
}

/** A webhook as the marketplace registers it. */
export function webhookOf({ marketplaceAppId, notificationSecret }: Sandbox): WebhookRequest {
  return {
    appId: marketplaceAppId,
    name: "packages",
    url: "https://marketplace.example/notifications",
    secret: notificationSecret,
    eventTypes: [
      "ALTERNATIVE_DISTRIBUTION_PACKAGE_VERSION_CREATED",
      "ALTERNATIVE_DISTRIBUTION_PACKAGE_AVAILABLE_UPDATED",
    ],
  };
}

/** The same with one marketplace that has started. */
export async function setUp(server: string | undefined, options: SetUpOptions = {}) {
  const prepared = await prepare(server, options);
  return { ...prepared, ...(await prepared.start()) };
}

function withUrl(notification: NotificationOptions): NotificationOptions {
  return { ...notification, url: "http://localhost/notifications" };
}

/** Adds a scheduled job now. */
export async function runScheduled({ sql }: Database, name: "missed" | "reconcile"): Promise<void> {
  await sql`insert into pgboss.job (name, data, policy, retry_limit, expire_in)
    select name, '{}', policy, retry_limit, expire_seconds * interval '1 second' from pgboss.queue where name = ${name}
    on conflict do nothing`;
}

/** Waits until the column `done` of a statement is true. */
export async function until(database: Database, statement: string): Promise<void> {
  for (;;) {
    const [row] = await database.query<{ done: boolean }>(statement);
    if (row?.done) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
