/**
 * Runs the reference marketplace. Its packages are not among this project's: the first run installs them below
 * test/examples/marketplace.
 *
 * npm run marketplace               against the sandbox, with a page to look at; with an API key, a database, a bucket or
 *                                   a notification secret in the environment, against Apple
 * npm run marketplace -- --once     ends when one package is served; also with CI=true
 * npm run marketplace -- --install  only installs, and makes the empty database that the tests copy
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { hasApiKey } from "./support/has-api-key.js";

const folder = join(import.meta.dirname, "../test/examples/marketplace");

if (!existsSync(join(folder, "node_modules"))) {
  console.log("installing the marketplace's packages into test/examples/marketplace (npm ci, once)");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
}
const isOnce = process.env.CI === "true" || process.argv.includes("--once");
/** Of real servers. If one of these is set and the API key is not, main.ts says so. */
const SERVERS = ["DATABASE_URL", "S3_BUCKET", "NOTIFICATION_SECRET"];
const isReal = hasApiKey() || (!isOnce && SERVERS.some((name) => process.env[name]));
const load = (file: string) => import(pathToFileURL(join(folder, file)).href);
if (process.argv.includes("--install")) await (await load("pglite-test-support.ts")).emptyCluster();
else await load(isReal ? "main.ts" : "demo.ts");
