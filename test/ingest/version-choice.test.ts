import { join } from "node:path";
import { expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { type IngestOptions, ingestPackage, type VersionChoice } from "../../src/ingest/index.js";
import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.js";
import { failure } from "../support/client.js";
import { temporaryFolder } from "./support/folders.js";

type Choice = VersionChoice & Pick<IngestOptions, "create" | "wait">;

function setUp(options: SandboxOptions = {}) {
  const sandbox = createSandbox({ seed: 1, ...options });
  const client = createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
  const { id } = sandbox.addAppStoreVersion({
    bundleId: "com.example.app",
    version: "1.2.3",
    variants: 1,
    assetBytes: 1000,
  });
  const ingest = (choice: Choice) =>
    ingestPackage(client, {
      ...choice,
      directory: join(temporaryFolder(), "p"),
      fetch: sandbox.fetch,
      trust: sandbox.trust,
    });
  return { sandbox, client, id, ingest };
}

const choice = { bundleId: "com.example.app", versionString: "1.2.3" } as const;

test("a bundle id and a number lead to the package", async () => {
  const { sandbox, id, ingest } = setUp();
  const { versionId } = sandbox.publishVersion(id);
  const result = await ingest(choice);
  expect(result.version.id).toBe(versionId);
  expect(result.manifest).toMatchObject({ bundleId: "com.example.app", shortVersionString: "1.2.3" });
  expect(result.apiCalls).toBe(sandbox.requests.filter(({ on }) => on === "api").length);
});

test("a number that the app does not have is explained", async () => {
  const { ingest } = setUp();
  expect(await failure(ingest({ ...choice, versionString: "1.2.4" }))).toMatchObject({
    name: "NotFoundError",
    status: undefined,
    message:
      "com.example.app has no App Store version 1.2.4 for IOS; it has 1.2.3 (PENDING_DEVELOPER_RELEASE)",
  });
  expect(String(await failure(ingest({ ...choice, platform: "MAC_OS" })))).toContain(
    "for MAC_OS; it has none",
  );
});

test("without a package, the ingest fails; with create, it makes one and waits until it is built", async () => {
  const { sandbox, client, id, ingest } = setUp({ versionDelay: Number.POSITIVE_INFINITY });
  expect(await failure(ingest(choice))).toMatchObject({ status: 404 });
  const wait = { pollInterval: 1 };
  let polls = 0;
  client.api.use({ onRequest: () => void (++polls === 5 && sandbox.publishVersion(id)) });
  const result = await ingest({ ...choice, create: true, wait });
  expect(result.version.attributes?.state).toBe("COMPLETED");
  expect(result.assets).toHaveLength(1);
});

test("create takes a package that exists, and its version as it is", async () => {
  const { sandbox, id, ingest } = setUp();
  const { versionId } = sandbox.publishVersion(id);
  expect((await ingest({ appStoreVersionId: id, create: true })).version.id).toBe(versionId);
});

test("wait waits for the version of a package, for no longer than it says", async () => {
  const { client, id, ingest } = setUp({ versionDelay: Number.POSITIVE_INFINITY });
  const { data } = await client.packages.create({ appStoreVersionId: id });
  const wait = { pollInterval: 1, timeout: 5 };
  expect(await failure(ingest({ packageId: data.id, wait }))).toMatchObject({ name: "TimeoutError" });
  expect(await failure(ingest({ packageId: data.id }))).toMatchObject({ reason: "no-version" });
  expect(await failure(ingest({ appStoreVersionId: id, create: true, wait: false }))).toMatchObject({
    reason: "no-version",
  });
});
