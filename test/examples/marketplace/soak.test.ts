import { describe, expect, test } from "vitest";
import { thorough } from "../../support/thorough.js";
import { soak } from "./soak/soak.js";
import { databases, emptyDatabase, newBucket, places } from "./test-support.js";

/** Each database with a folder, and the server also with a bucket. */
const setups = [
  ...databases.map(({ name, server }) => ({ name: `${name} and a folder`, server, inBucket: false })),
  ...places
    .filter(({ openStore }) => openStore)
    .map(({ name, server }) => ({ name, server, inBucket: true })),
];

/** PGlite has one process and no kills, so that many packages show nothing new there. The bench sets SOAK_PACKAGES. */
function packagesOn(server: string | undefined, inBucket: boolean): number {
  if (process.env.SOAK_PACKAGES) return Number(process.env.SOAK_PACKAGES);
  if (!thorough) return 20;
  if (inBucket) return 100;
  return server ? 1_000 : 60;
}

describe.each(setups)("on $name", ({ name, server, inBucket }) => {
  test("in the end every package is served in its current version, and nothing partial was visible", async () => {
    const packages = packagesOn(server, inBucket);
    const databaseUrl = server && (await emptyDatabase(server)).url;
    const bucket = inBucket ? await newBucket() : undefined;
    const setup = { packages, processes: 2, workersPerProcess: 4, kills: Math.ceil(packages / 30) };
    const report = await soak({ databaseUrl, bucket, seed: 1, ...setup });
    console.log(`${name}: ${JSON.stringify(report)}`);
    expect(report).toMatchObject({ visible: [], wrong: [], downloadedTwice: [], deadLetters: [] });
  }, 3_600_000);
});
