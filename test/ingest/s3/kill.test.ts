import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../../src/index.js";
import { ingestPackage, verifyPackage } from "../../../src/ingest/index.js";
import { s3Store } from "../../../src/s3/index.js";
import { createSandbox } from "../../../src/sandbox/index.js";
import { seededRandom } from "../../support/random.js";
import { thorough } from "../../support/thorough.js";
import { buildChild, runChild } from "../support/run-child.js";
import { TEST_SERVERS } from "./support/servers.js";

const SEEDS = thorough ? 50 : 1;
const MOMENTS: readonly ("before" | "after")[] = thorough ? ["before", "after"] : ["after"];

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

describe.for(TEST_SERVERS)("into a bucket of $name", ({ open }) => {
  /** The bytes from the CDN as multiples of the package's, one for each kill. */
  const ratios: number[] = [];

  test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
    "after a kill at a random byte, the next worker ends verified, with few bytes more (seed %i)",
    async (seed) => {
      const random = seededRandom(seed);
      const sandbox = createSandbox({ seed });
      await using server = await sandbox.listen();
      const { trust } = sandbox;
      const account = { ...sandbox.credentials, baseUrl: server.url };
      const small = () => ({ size: 1 + Math.floor(random() * 2_000_000) });
      const chunkSize = 2_000_000 + Math.floor(random() * 4_000_000);
      const large = { size: 40_000_000 + Math.floor(random() * 10_000_000), chunkSize };
      const variants = [...Array.from({ length: 5 + Math.floor(random() * 10) }, small), large];
      const { id } = sandbox.addAppStoreVersion({ variants: variants.sort(() => random() - 0.5) });
      const { packageId } = sandbox.publishVersion(id);
      const bytes = variants.reduce((sum, { size }) => sum + size, 0);

      const { bucket, connection, client } = await open();
      const concurrency = 1 + Math.floor(random() * 3);
      const task = { client: account, bucket: connection, options: { packageId, concurrency, trust } };
      const killAtBytes = 1 + Math.floor(random() * bytes);
      const killed = await runChild(child.path, { ...task, killAtBytes });
      expect(killed).toMatchObject({ killed: true });
      const last = await runChild(child.path, task);
      expect(last).toMatchObject({ done: true });

      const store = s3Store({ client: client(), bucket, prefix: "p" });
      expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
      ratios.push((killed.received + last.received) / bytes);
    },
  );

  // A kill in the moment between a large file's last part and its completion costs the whole file: not in each of them.
  test("after these kills, at most 1.3 times the bytes of the packages came from the CDN", () => {
    const average = ratios.reduce((sum, ratio) => sum + ratio, 0) / SEEDS;
    expect(average).toBeLessThanOrEqual(thorough ? 1.3 : 2);
  });

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
    for (let count = 1; ; count++) {
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
