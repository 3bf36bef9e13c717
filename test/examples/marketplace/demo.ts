/**
 * The marketplace with the sandbox in place of Apple, an embedded database and a temporary folder: apps are published, one
 * of them is not signed by Apple, and one is taken down. Nothing of it remains.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { createSandbox, type NotificationType } from "app-store-alternative-distribution/sandbox";
import { createLimitedFetch } from "./api-limits.js";
import { openDatabase } from "./database.js";
import { listen } from "./listen.js";
import { startMarketplace } from "./marketplace.js";
import { folderStore } from "./store.js";

/** Ends when one package is served. Otherwise more happens until it is stopped. */
const once = process.env.CI === "true" || process.argv.includes("--once");
/** Ms between two things that happen. */
const EVERY = 5_000;

const sandbox = createSandbox();
const apple = await sandbox.listen();
const folder = await mkdtemp(join(tmpdir(), "marketplace-"));
const database = await openDatabase();
const key = sandbox.marketplaceCredentials;
const marketplace = await startMarketplace({
  database,
  client: createClient({
    ...key,
    baseUrl: apple.url,
    fetch: createLimitedFetch({ database, keyId: key.keyId }),
  }),
  store: folderStore(join(folder, "packages")),
  secret: sandbox.notificationSecret,
  trust: sandbox.trust,
  pollInterval: 200,
});
const server = await listen(marketplace.handle, once ? 0 : Number(process.env.PORT ?? 8080));
let timer: NodeJS.Timeout | undefined;
let publishing: Promise<unknown> = Promise.resolve();

async function stop() {
  clearInterval(timer);
  await publishing;
  await server.close();
  await marketplace.stop();
  await Promise.all([database.close(), apple.close(), rm(folder, { recursive: true })]);
}

// Before the page's address is shown, as the one who reads it may stop the program at once.
if (!once) for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());
console.log(`The marketplace's page: ${server.url}/`);

const notify = (type: NotificationType, about: string) =>
  sandbox.notify({ type, about, url: `${server.url}/notifications` });

/** A developer's app is approved, and Apple notifies the marketplace. */
async function publish(bytes: number, isGenuine = true): Promise<string> {
  const { id } = sandbox.addAppStoreVersion({
    variants: 3,
    deltas: 2,
    assetBytes: bytes,
    chunkSize: 1_000_000,
  });
  const { packageId, versionId } = sandbox.publishVersion(id);
  if (!isGenuine) sandbox.faults.add({ path: versionId, signature: "untrusted" });
  await notify("alternativeDistributionPackageVersionCreated", versionId);
  return packageId;
}

const publishingFirst = publish(2_000_000);
publishing = publishingFirst;
const first = await publishingFirst;
console.log(`Apple notifies the marketplace of package ${first}.`);

const events: (() => Promise<unknown>)[] = [
  () => publish(8_000_000),
  () => publish(1_000_000, false),
  () => notify("AppVersionsUnavailable", first),
  ...Array.from({ length: 20 }, (_, index) => () => publish((index + 1) * 1_000_000)),
];
// Slow enough to see the progress.
if (!once) sandbox.faults.add({ on: "cdn", delay: 400 });
timer = setInterval(() => !once && void events.shift()?.().catch(console.error), EVERY);

if (once) {
  const manifest = `${server.url}/packages/${first}/manifest.json`;
  while ((await fetch(manifest, { method: "HEAD" })).status !== 200)
    await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(`A device gets its manifest: ${manifest}`);
  await stop();
}
