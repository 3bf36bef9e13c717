import { describe, expect, test } from "vitest";
import { thorough } from "../../support/thorough.js";
import { soak } from "./soak/soak.js";
import { databases, emptyDatabase } from "./test-support.js";

/** PGlite has one process and no kills, so that many packages show nothing new there. SOAK_PACKAGES=10000 is a long run. */
const packagesOn = (server: string | undefined) =>
  Number(process.env.SOAK_PACKAGES ?? (thorough ? (server ? 1_000 : 60) : 20));

describe.each(databases)("on $name", ({ server }) => {
  test("in the end every package is served in its current version, and nothing partial was visible", async () => {
    const packages = packagesOn(server);
    const databaseUrl = server && (await emptyDatabase(server)).url;
    const setup = { packages, processes: 2, workersPerProcess: 4, kills: Math.ceil(packages / 30) };
    const report = await soak({ databaseUrl, seed: 1, ...setup });
    console.log(`${server ? "PostgreSQL" : "PGlite"}: ${JSON.stringify(report)}`);
    expect(report).toMatchObject({ visible: [], wrong: [], downloadedTwice: [], deadLetters: [] });
  }, 3_600_000);
});
