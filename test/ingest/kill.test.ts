import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { seededRandom } from "../support/random.js";
import { thorough } from "../support/thorough.js";
import type { ChildTask } from "./support/child.js";
import { contentsOf, temporaryFolder } from "./support/folders.js";
import { KILL_STORES, watchFolder } from "./support/kill-stores.js";
import { buildChild, runChild } from "./support/run-child.js";

const MAX_CONCURRENCY = 8;

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

describe.for(KILL_STORES)("in $name", ({ seeds, kills, limit, digests, variants: choose, open }) => {
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

/** The default run leaves out the kills before the second and the third rename. */
const KILLS_AT_RENAME = (
  [
    { count: 1, when: "before" },
    { count: 1, when: "after" },
    { count: 2, when: "before" },
    { count: 2, when: "after" },
    { count: 3, when: "before" },
    { count: 3, when: "after" },
  ] as const
).filter(({ count, when }) => thorough || count === 1 || when === "after");

test.each(KILLS_AT_RENAME)(
  "after a kill $when rename $count of replacing a package, the old or the new one is complete",
  async (killAtRename) => {
    const sandbox = createSandbox({ seed: 1 });
    await using server = await sandbox.listen();
    const account = { ...sandbox.credentials, baseUrl: server.url };
    const client = createClient(account);
    const { id } = sandbox.addAppStoreVersion({ variants: 2 });
    const first = sandbox.publishVersion(id);
    const folder = temporaryFolder();
    const options = {
      packageId: first.packageId,
      directory: join(folder, "p"),
      keyBlobFile: join(folder, "blobs.json"),
      trust: sandbox.trust,
    };
    await ingestPackage(client, options);
    const before = contentsOf(options.directory);
    sandbox.publishVersion(id, { deltas: 2 });

    const stop = watchFolder(options.directory);
    expect(await runChild(child.path, { client: account, options, killAtRename })).toMatchObject({
      killed: true,
    });
    if (existsSync(options.directory)) {
      const report = await verifyPackage(options.directory, { trust: sandbox.trust });
      expect(report).toMatchObject({ valid: true });
    }
    const { assets } = await ingestPackage(client, options);
    expect(assets).toHaveLength(4);
    expect(await verifyPackage(options.directory, { trust: sandbox.trust })).toMatchObject({ valid: true });
    expect(readdirSync(folder).sort()).toEqual(["blobs.json", "p"]);
    const after = contentsOf(options.directory);
    const whole = [before, after].map((content) => Object.keys(content).join(" "));
    const files = [...stop()].map((paths) =>
      paths.split(" ").filter((path) => !["variant", "delta"].includes(path)),
    );
    expect(files.map((paths) => paths.join(" ")).filter((paths) => !whole.includes(paths))).toEqual([]);
  },
);
