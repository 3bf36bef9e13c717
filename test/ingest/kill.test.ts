import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, createClient } from "../../src/index.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { seededRandom } from "../support/random.js";
import { thorough } from "../support/thorough.js";
import { contentsOf, temporaryFolder } from "./support/folders.js";
import { buildChild, runChild } from "./support/run-child.js";

const SEEDS = thorough ? 100 : 1;
const KILLS = 3;

let child: Awaited<ReturnType<typeof buildChild>>;
beforeAll(async () => {
  child = await buildChild();
});
afterAll(() => child.remove());

/**
 * Reads a folder's file names again and again. Returns a function that stops this and returns every set of names that
 * was seen. If the folder was replaced while it was read, the result is ignored: it may mix both folders.
 */
function watch(directory: string): () => Set<string> {
  const seen = new Set<string>();
  let stopped = false;
  const look = () => {
    try {
      const { ino } = statSync(directory);
      const files = readdirSync(directory, { recursive: true }).sort().join(" ");
      if (statSync(directory).ino === ino) seen.add(files);
    } catch {
      // There may be no folder.
    }
    if (!stopped) setImmediate(look);
  };
  look();
  return () => {
    stopped = true;
    return seen;
  };
}

test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
  "after three kills at random bytes, the next run ends verified (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const random = seededRandom(seed);
    const sandbox = createSandbox({ seed });
    await using server = await sandbox.listen();
    const account = { ...sandbox.credentials, baseUrl: server.url };
    const client = createClient(account);
    const asset = () => ({
      size: 1 + Math.floor(random() * 4_000_000),
      ...(random() < 0.5 && { chunkSize: 100_000 + Math.floor(random() * 500_000) }),
    });
    const variants = Array.from({ length: 2 + Math.floor(random() * 6) }, asset);
    const { id } = sandbox.addAppStoreVersion({ variants, deltas: [asset()] });
    await client.packages.create({ appStoreVersionId: id });
    const { versionId, bytes } = await ingestOnce(client, id, sandbox.trust);

    const folder = temporaryFolder();
    const directory = join(folder, "p");
    const concurrency = 1 + Math.floor(random() * 8);
    const { trust } = sandbox;
    const task = { client: account, options: { versionId, directory, concurrency, trust } };
    const stop = watch(directory);
    let received = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const killAtBytes = 1 + Math.floor(random() * bytes * 0.3);
      const report = await runChild(child.path, { ...task, killAtBytes });
      expect(report).toMatchObject({ killed: true });
      received += report.received;
    }
    const last = await runChild(child.path, task);
    expect(last).toMatchObject({ done: true });
    received += last.received;

    expect(await verifyPackage(directory, { trust })).toMatchObject({ valid: true });
    expect(readdirSync(folder)).toEqual(["p"]);
    expect(received).toBeLessThanOrEqual(1.2 * bytes);
    const whole = readdirSync(directory, { recursive: true }).sort().join(" ");
    expect([...stop()].filter((files) => files !== whole)).toEqual([]);
  },
);

/** Ingests what the sandbox made, to know its version id and size. */
async function ingestOnce(client: Client, appStoreVersionId: string, trust: string) {
  const options = { appStoreVersionId, trust, directory: join(temporaryFolder(), "p") };
  const { version, assets } = await ingestPackage(client, options);
  return { versionId: version.id, bytes: assets.reduce((sum, asset) => sum + asset.bytes, 0) };
}

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

    const stop = watch(options.directory);
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
