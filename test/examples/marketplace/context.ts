import type { Client } from "app-store-alternative-distribution";
import type { TrustedRoots } from "app-store-alternative-distribution/ingest";
import type { Database } from "./database.js";
import type { Queue } from "./queue.js";
import type { Store } from "./store.js";

/** What every job needs. */
export interface Context {
  readonly database: Database;
  readonly queue: Queue;
  /** A client of the marketplace's account, with the `fetch` of api-limits.ts. */
  readonly client: Client;
  readonly store: Store;
  /** The id of the marketplace's webhook. Without it, missed notifications are not looked for. */
  readonly webhookId?: string | undefined;
  /** Roots that are trusted in place of Apple's, for the sandbox. */
  readonly trust?: TrustedRoots | undefined;
}
