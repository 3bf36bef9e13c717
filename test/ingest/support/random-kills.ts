import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyPackage } from "../../../src/ingest/index.js";
import { createSandbox } from "../../../src/sandbox/index.js";
import { seededRandom } from "../../support/random.js";
import type { ChildTask } from "./child.js";
import type { KillStore } from "./kill-stores.js";
import { buildChild, runChild } from "./run-child.js";

const MAX_CONCURRENCY = 8;

/** Tests what a package and the bytes from the CDN are after kills at random bytes. */
export function testRandomKills(stores: readonly KillStore[]): void {
  let child: Awaited<ReturnType<typeof buildChild>>;
  beforeAll(async () => {
    child = await buildChild();
  });
  afterAll(() => child.remove());

  describe.for(stores)("in $name", ({ seeds, kills, limit, digests, variants: choose, open }) => {
    test.each(Array.from({ length: seeds }, (_, index) => index + 1))(
      "after kills at random bytes, the next run ends verified, with few bytes more (seed %i)",
      async (seed) => {
        const random = seededRandom(seed);
        const sandbox = createSandbox({ seed });
        await using server = await sandbox.listen();
        const account = { ...sandbox.credentials, baseUrl: server.url };
        const assets = { variants: choose(random), deltas: [{ size: 1 + Math.floor(random() * 2_000_000) }] };
        const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ ...assets, digests }).id);
        const bytes = [...assets.variants, ...assets.deltas].reduce((sum, { size }) => sum + size, 0);

        const { store, task, check } = await open();
        const { trust } = sandbox;
        const options = {
          ...task.options,
          packageId,
          concurrency: 1 + Math.floor(random() * MAX_CONCURRENCY),
          trust,
        };
        const run = (more: Pick<ChildTask, "killAtBytes"> = {}) =>
          runChild(child.path, { ...task, client: account, options, ...more });
        let received = 0;
        for (let kill = 0; kill < kills; kill++) {
          const killAtBytes = 1 + Math.floor((random() * bytes * 0.9) / kills);
          const report = await run({ killAtBytes });
          expect(report).toMatchObject({ killed: true });
          received += report.received;
        }
        const last = await run();
        expect(last).toMatchObject({ done: true });
        received += last.received;

        expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
        expect(received).toBeLessThanOrEqual(limit * bytes);
        await check();
      },
    );
  });
}
