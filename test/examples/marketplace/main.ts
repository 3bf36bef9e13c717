/**
 * The marketplace as a program: `npm run marketplace` in the project's folder. Without an API key, that runs
 * demo.ts instead. These variables of the environment configure it:
 *
 * | variable | |
 * |---|---|
 * | `APP_STORE_CONNECT_API_KEY_…` | the API key of the marketplace's account, as for fastlane |
 * | `NOTIFICATION_SECRET` | the secret given to Apple with the webhook; needed |
 * | `WEBHOOK_ID` | the id of that webhook, to read what was missed |
 * | `DATABASE_URL` | `postgres://…`; without it, an embedded database in the folder, for one process |
 * | `MARKETPLACE_FOLDER` | where packages (and the embedded database) are stored; default `marketplace-data` |
 * | `S3_BUCKET`, `S3_ENDPOINT` | a bucket for the packages in place of the folder; for other stores than Amazon's also its URL. Credentials and region are in the usual `AWS_…` variables |
 * | `ORIGIN` | `https://…` of the public URLs; with it devices can install. Then needed, see `createInstallTokens`: `INSTALL_KEY_ID`, `INSTALL_KEY` and, the Apple ID of the marketplace, `INSTALL_ISSUER` |
 * | `WORKERS` | jobs at a time in this process; default 4 |
 * | `PORT` | default 8080, on 127.0.0.1: put a web server with HTTPS before it |
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { createInstallTokens } from "app-store-alternative-distribution/install";
import { createLimitedFetch } from "./api-limits.js";
import { openDatabase } from "./database.js";
import { listen } from "./listen.js";
import { startMarketplace } from "./marketplace.js";
import { openStore } from "./store.js";

const {
  NOTIFICATION_SECRET,
  WEBHOOK_ID,
  DATABASE_URL,
  MARKETPLACE_FOLDER = "marketplace-data",
  WORKERS = "4",
  PORT = "8080",
  ORIGIN,
  INSTALL_KEY_ID = "",
  INSTALL_KEY = "",
  INSTALL_ISSUER = "",
} = process.env;
if (!NOTIFICATION_SECRET)
  throw new Error("Set NOTIFICATION_SECRET to the secret given to Apple with the webhook");

const key = await credentialsFromEnv();
await mkdir(MARKETPLACE_FOLDER, { recursive: true });
const install = { keyId: INSTALL_KEY_ID, privateKey: INSTALL_KEY, issuer: INSTALL_ISSUER };
const database = await openDatabase(DATABASE_URL ?? join(MARKETPLACE_FOLDER, "database"));
const marketplace = await startMarketplace({
  database,
  client: createClient({ ...key, fetch: createLimitedFetch({ database, keyId: key.keyId }) }),
  store: openStore(join(MARKETPLACE_FOLDER, "packages"), process.env),
  installing: ORIGIN ? { origin: ORIGIN, tokens: await createInstallTokens(install) } : undefined,
  secret: NOTIFICATION_SECRET,
  webhookId: WEBHOOK_ID,
  workers: Number(WORKERS),
  schedule: { missed: "*/5 * * * *", reconcile: "*/5 * * * *" },
});
const server = await listen(marketplace.handle, Number(PORT));
// Running jobs are finished or handed back. A second signal ends the process at once, as is usual.
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    await server.close();
    await marketplace.stop();
    await database.close();
  });
}
console.log(`The marketplace's page: ${server.url}/`);
