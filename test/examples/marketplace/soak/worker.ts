/** A process with workers, for the soak test and the bench. It is configured by its first argument, and killed without notice. */
import { createClient } from "app-store-alternative-distribution";
import { createLimitedFetch } from "../api-limits.js";
import { openDatabase } from "../database.js";
import { startMarketplace } from "../marketplace.js";
import { openStore } from "../store.js";
import type { BucketVariables } from "../test-support.js";

export interface WorkerSettings {
  readonly databaseUrl: string;
  readonly credentials: { readonly keyId: string; readonly issuerId: string; readonly privateKey: string };
  readonly appleUrl: string;
  readonly secret: string;
  readonly trust: string;
  readonly folder: string;
  /** In place of the folder. Its credentials are in the environment. */
  readonly bucket: BucketVariables | undefined;
  readonly workers: number;
  readonly webhookId: string;
}

/** What the parent's marketplace and its workers have in common. */
export function optionsOf({
  credentials,
  appleUrl,
  secret,
  trust,
  folder,
  bucket,
  webhookId,
}: Omit<WorkerSettings, "databaseUrl" | "workers">) {
  return {
    store: openStore(folder, bucket),
    secret,
    trust,
    webhookId,
    // On a busy machine, a shorter one would end while its worker waits for the processor, and its job be done again.
    lease: 10,
    retryLimit: 20,
    retryDelay: 1,
    pollInterval: 50,
    connect: (database: Awaited<ReturnType<typeof openDatabase>>) =>
      createClient({
        ...credentials,
        baseUrl: appleUrl,
        fetch: createLimitedFetch({ database, keyId: credentials.keyId, perMinute: 600_000 }),
      }),
  };
}

const [, , text] = process.argv;
if (process.send && text) {
  const settings: WorkerSettings = JSON.parse(text);
  const database = await openDatabase(settings.databaseUrl);
  const options = optionsOf(settings);
  await startMarketplace({
    ...options,
    database,
    client: options.connect(database),
    workers: settings.workers,
  });
  process.send("started");
  // The parent may end without a chance to end this process.
  process.on("disconnect", () => process.exit());
}
