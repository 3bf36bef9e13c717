import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../../src/index.js";
import { ingestPackage, verifyPackage } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import { createSandbox } from "../../../src/sandbox/index.js";
import { thorough } from "../../support/thorough.js";
import { buildChild, runChild } from "../support/run-child.js";
import { TEST_SERVERS } from "./support/servers.js";

/** The default run kills only after a change, and only after every second one. */
const MOMENTS: readonly ("before" | "after")[] = thorough ? ["before", "after"] : ["after"];
const STEP = thorough ? 1 : 2;

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

describe.for(TEST_SERVERS)("into a bucket of $name", ({ open }) => {
  const timeout = 180_000;
  test("a kill at each request that changes something leaves a package without missing files", {
    timeout,
  }, async () => {
    const sandbox = createSandbox({ seed: 1 });
    await using server = await sandbox.listen();
    const { trust } = sandbox;
    const account = { ...sandbox.credentials, baseUrl: server.url };
    const { id } = sandbox.addAppStoreVersion({ variants: 2 });
    const { packageId } = sandbox.publishVersion(id);
    const { bucket, connection, client } = await open();
    const store = s3Store({ client: client(), bucket, prefix: "p" });
    const ingest = () => ingestPackage(createClient(account), { packageId, store, trust });
    await ingest();
    const task = { client: account, bucket: connection, options: { packageId, concurrency: 1, trust } };
    let size = 10_000;
    for (let count = 1; ; count += STEP) {
      for (const when of MOMENTS) {
        // Every asset is new, so that the earlier ones are deleted.
        size += 1;
        sandbox.publishVersion(id, { variants: [{ size }, { size: 2 * size }] });
        const report = await runChild(child.path, { ...task, killAtChange: { count, when } });
        const found = await verifyPackage(store, { trust });
        // Between signature and manifest, the signature is of the new manifest.
        expect(found).toMatchObject({ missing: [], corrupt: [] });
        if (report.done) {
          expect(count).toBeGreaterThanOrEqual(5);
          expect(found).toMatchObject({ valid: true });
          return;
        }
        expect(report).toMatchObject({ killed: true });
        await ingest();
        expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
      }
    }
  });
});
