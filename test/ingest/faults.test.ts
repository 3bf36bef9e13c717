import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/client.js";
import { verifyPackage } from "../../src/ingest/index.js";
import { ingest } from "../../src/ingest/ingest.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { seededRandom } from "../support/random.js";
import { thorough } from "../support/thorough.js";
import { TEST_STORES } from "./support/stores.js";
import { TestClock } from "./support/test-clock.js";

describe.for(TEST_STORES)("with a mix of faults, in $name", ({ open, largest, seeds: all }) => {
  const seeds = Array.from({ length: thorough ? all : 2 }, (_, index) => index + 1);
  test.each(seeds)("the package ends complete and verified (seed %i)", async (seed) => {
    const random = seededRandom(seed);
    const sandbox = createSandbox({ seed });
    await using server = await sandbox.listen();
    const client = connect({ ...sandbox.credentials, baseUrl: server.url }, new TestClock());
    const variants = Array.from({ length: 1 + Math.floor(random() * 8) }, () => ({
      size: 1 + Math.floor(random() * 300_000),
      ...(random() < 0.5 && { chunkSize: 20_000 + Math.floor(random() * 50_000) }),
    }));
    const chunkSize = 1_000_000 + Math.floor(random() * 6_000_000);
    if (largest > 0) variants.push({ size: Math.floor(largest * (0.5 + random() / 2)), chunkSize });
    const { id } = sandbox.addAppStoreVersion({ variants, deltas: 2 });
    await client.packages.create({ appStoreVersionId: id });

    // Of fourteen kinds: about every third request gets one.
    const probability = 0.03;
    const faults = [
      { reset: "refused" },
      { reset: "before-headers" },
      { reset: "mid-body" },
      { stall: "headers" },
      { stall: "body" },
      { truncate: true },
      { corrupt: true },
      { expireUrl: true },
      { ignoreRange: true },
      { wrongLength: 7 },
      { wrongLength: -7 },
      { status: 503 },
      { status: 404 },
      { status: 410 },
    ] as const;
    for (const fault of faults) sandbox.faults.add({ on: "cdn", probability, times: 3, ...fault });
    sandbox.faults.add({ on: "api", probability, times: 2, status: 503 });
    sandbox.faults.add({ on: "api", probability, times: 2, reset: "mid-body" });

    const store = await open({ random });
    const clock = new TestClock();
    // A connection counts as stalled when no byte came while this timer fired twenty times. A process that gets no CPU
    // time fires it late, and reads what has arrived before the next time.
    const timer = setInterval(() => clock.pass(10_000), 15);
    onTestFinished(() => clearInterval(timer));
    const { trust } = sandbox;
    const options = {
      appStoreVersionId: id,
      store,
      trust,
      stallTimeout: 200_000,
      concurrency: 1 + (seed % 8),
    };
    const { assets, checksumMismatches } = await ingest(client, options, clock);
    expect(assets).toHaveLength(variants.length + 2);
    expect(checksumMismatches).toEqual([]);
    expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
    expect(sandbox.requests.filter(({ on, hadToken }) => on === "cdn" && hadToken)).toEqual([]);
  });
});
