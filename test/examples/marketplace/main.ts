/**
 * The marketplace as a program: `npm run marketplace` in the project's folder. Without an API key, that runs
 * demo.ts instead. These variables of the environment configure it:
 *
 * | variable | |
 * |---|---|
 * | `APP_STORE_CONNECT_API_KEY_…` | the API key of the marketplace's account, as for fastlane |
 * | `NOTIFICATION_SECRET` | the secret given to Apple with the webhook; needed |
 * | `WEBHOOK_ID` | the id of that webhook, to read what was missed |
 * | `DATABASE_URL` | `postgres://…`; without it, an embedded database in the folder, for one process: on Linux, a second one is refused |
 * | `MARKETPLACE_FOLDER` | where packages (and the embedded database) are stored; default `marketplace-data` |
 * | `S3_BUCKET`, `S3_ENDPOINT` | a bucket for the packages in place of the folder; for other stores than Amazon's also its URL. Credentials and region are in the usual `AWS_…` variables |
 * | `ORIGIN` | `https://…` of the public URLs; with it devices can install. Then needed, see `createInstallTokens`: `INSTALL_KEY_ID`, `INSTALL_KEY` and, the Apple ID of the marketplace, `INSTALL_ISSUER` |
 * | `WORKERS` | jobs at a time in this process; default 4 |
 * | `PORT` | default 8080, on 127.0.0.1: put a web server with HTTPS before it |
 */
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { credentialsFromEnv } from "app-store-alternative-distribution/credentials";
import { createLimitedFetch } from "./api-limits.js";
import { openDatabase } from "./database.js";
import { listen } from "./listen.js";
import { startMarketplace } from "./marketplace.js";
import { openStore } from "./store.js";

const { env } = process;
function need(name: string): string {
  if (env[name]) return env[name];
  throw new Error(`Set ${name}: see main.ts`);
}

const workers = Number(env.WORKERS || 4);
if (!(workers >= 0)) throw new Error(`WORKERS: expected a number, got ${env.WORKERS}`);
const folder = resolve(env.MARKETPLACE_FOLDER || "marketplace-data");
const secret = need("NOTIFICATION_SECRET");
const key = await credentialsFromEnv();
// First of all, so that a second start on the same port ends here. Until the marketplace has started, requests get 500, and
// Apple sends notifications again.
const server = await listen((request) => marketplace.handle(request), Number(env.PORT || 8080));
const database = await openDatabase(env.DATABASE_URL || join(folder, "database"));
const marketplace = await startMarketplace({
  database,
  client: createClient({ ...key, fetch: createLimitedFetch({ database, keyId: key.keyId }) }),
  store: openStore(join(folder, "packages"), env),
  secret,
  installing: env.ORIGIN
    ? {
        origin: env.ORIGIN,
        keyId: need("INSTALL_KEY_ID"),
        privateKey: need("INSTALL_KEY"),
        issuer: need("INSTALL_ISSUER"),
      }
    : undefined,
  webhookId: env.WEBHOOK_ID,
  workers,
  schedule: { missed: "*/5 * * * *", reconcile: "*/5 * * * *" },
});
const stopped = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
console.log(`The marketplace's page: ${server.url}/`);
await stopped;
// Running jobs end, or go back to the queue. A second signal ends the process at once.
await server.close();
await marketplace.stop();
await database.close();
