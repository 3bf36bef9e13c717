import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { thorough } from "../support/thorough.js";
import { contentsOf, temporaryFolder } from "./support/folders.js";
import { watchFolder } from "./support/kill-stores.js";
import { buildChild, runChild } from "./support/run-child.js";

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

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
