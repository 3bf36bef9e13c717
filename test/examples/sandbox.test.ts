/**
 * A test as a marketplace would write it: a notification comes in, its package is ingested while Apple's servers
 * fail, and in the end the folder is complete. It needs neither Apple, nor a network, nor an app in review.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "app-store-alternative-distribution";
import { ingestPackage, verifyPackage } from "app-store-alternative-distribution/ingest";
import {
  createNotificationHandler,
  type NotificationEvent,
} from "app-store-alternative-distribution/notifications";
import { createSandbox } from "app-store-alternative-distribution/sandbox";
import { expect, onTestFinished, test } from "vitest";

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-example-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("a package is ingested although the API and the CDN fail on the way", async () => {
  const sandbox = createSandbox({ seed: "example" });
  const client = createClient({ ...sandbox.marketplaceCredentials, fetch: sandbox.fetch });

  // A developer's app is approved, its package is built, and Apple notifies the marketplace.
  const { id } = sandbox.addAppStoreVersion({
    variants: [300_000, 500_000],
    deltas: [80_000],
    chunkSize: 65_536,
  });
  const { versionId } = sandbox.publishVersion(id);
  const events: NotificationEvent[] = [];
  const handler = createNotificationHandler({
    secret: sandbox.notificationSecret,
    onEvent: (event) => void events.push(event),
  });
  const type = "alternativeDistributionPackageVersionCreated";
  const answer = await handler(sandbox.notification({ type, about: versionId }));
  expect(answer.ok).toBe(true);
  expect(events).toMatchObject([{ type, versionId }]);

  // One of each kind of failure.
  const faults = [
    sandbox.faults.add({ on: "api", status: 429, headers: { "retry-after": "0" }, times: 1 }),
    sandbox.faults.add({ on: "api", reset: "mid-body", after: 1, times: 1 }),
    sandbox.faults.add({ path: "Variants", reset: "mid-body", times: 1 }),
    sandbox.faults.add({ path: "Variants", expireUrl: true, times: 1 }),
    sandbox.faults.add({ path: "Deltas", corrupt: true, times: 1 }),
  ];
  const directory = join(await temporaryFolder(), "package");
  const result = await ingestPackage(client, {
    versionId,
    directory,
    fetch: sandbox.fetch,
    trust: sandbox.trust,
  });
  expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1, 1, 1]);

  // The folder can be served: every byte was checked, and the API token stayed with the API.
  expect(result.assets.map(({ bytes }) => bytes).sort((a, b) => a - b)).toEqual([80_000, 300_000, 500_000]);
  expect(await verifyPackage(directory, { trust: sandbox.trust })).toMatchObject({
    valid: true,
    missing: [],
    added: [],
    corrupt: [],
  });
  expect(sandbox.requests.filter(({ on, hadToken }) => on === "cdn" && hadToken)).toEqual([]);
});

test("a key without rights gives a PermissionError, and the ingest works once it has them", async () => {
  const sandbox = createSandbox({ seed: "example" });
  const client = createClient({ ...sandbox.marketplaceCredentials, fetch: sandbox.fetch });
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const directory = join(await temporaryFolder(), "package");

  const code = "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED";
  const fault = sandbox.faults.add({ on: "api", status: 403, code });
  const refused = ingestPackage(client, { versionId, directory, fetch: sandbox.fetch, trust: sandbox.trust });
  await expect(refused).rejects.toMatchObject({ name: "PermissionError", code });

  fault.remove();
  await ingestPackage(client, { versionId, directory, fetch: sandbox.fetch, trust: sandbox.trust });
  expect(await verifyPackage(directory, { trust: sandbox.trust })).toMatchObject({ valid: true });
});
