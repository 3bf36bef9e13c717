/**
 * The marketplace with the sandbox in place of Apple, an embedded database and a temporary folder: apps are published, one
 * of them is not signed by Apple, and one is taken down. Nothing of it remains.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "app-store-alternative-distribution";
import { createSandbox, type NotificationType } from "app-store-alternative-distribution/sandbox";
import { createLimitedFetch } from "./api-limits.js";
import { openDatabase } from "./database.js";
import { listen } from "./listen.js";
import { startMarketplace } from "./marketplace.js";
import { openStore } from "./store.js";

/** Ends when one package is served. Otherwise more happens until it is stopped. */
const once = process.env.CI === "true" || process.argv.includes("--once");

const sandbox = createSandbox();
const apple = await sandbox.listen();
const folder = await mkdtemp(join(tmpdir(), "marketplace-"));
const database = await openDatabase();
const { marketplaceCredentials: key, notificationSecret: secret, trust } = sandbox;
const fetch = createLimitedFetch({ database, keyId: key.keyId });
const marketplace = await startMarketplace({
  database,
  client: createClient({ ...key, baseUrl: apple.url, fetch }),
  store: openStore(join(folder, "packages")),
  secret,
  trust,
  pollInterval: 200,
});
const server = await listen(marketplace.handle, once ? 0 : Number(process.env.PORT ?? 8080));
// Before the page's address is printed: who reads it may stop the program at once.
const stopped = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopped.abort());
console.log(`The marketplace's page: ${server.url}/`);

const notify = (type: NotificationType, about: string) =>
  sandbox.notify({ type, about, url: `${server.url}/notifications` });

/** A developer's app is approved, and Apple notifies the marketplace. */
async function publish(bytes: number, isGenuine = true): Promise<string> {
  const assets = { variants: 3, deltas: 2, assetBytes: bytes, chunkSize: 1_000_000 };
  const { packageId, versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion(assets).id);
  if (!isGenuine) sandbox.faults.add({ path: versionId, signature: "untrusted" });
  await notify("alternativeDistributionPackageVersionCreated", versionId);
  return packageId;
}

const first = await publish(2_000_000);
console.log(`Apple notifies the marketplace of package ${first}.`);

const manifest = `${server.url}/packages/${first}/manifest.json`;
while (!stopped.signal.aborted && !(await marketplace.handle(new Request(manifest))).ok) await sleep(50);
console.log(`A device gets its manifest: ${manifest}`);

if (!once) {
  // Slow enough to see the progress.
  sandbox.faults.add({ on: "cdn", delay: 400 });
  const events: (() => Promise<unknown>)[] = [
    () => publish(8_000_000),
    () => publish(1_000_000, false),
    () => notify("AppVersionsUnavailable", first),
    ...Array.from({ length: 20 }, (_, index) => () => publish((index + 1) * 1_000_000)),
  ];
  while (!stopped.signal.aborted) {
    await sleep(5_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    if (!stopped.signal.aborted) await events.shift()?.().catch(console.error);
  }
}

await server.close();
await marketplace.stop();
await Promise.all([database.close(), apple.close(), rm(folder, { recursive: true })]);
