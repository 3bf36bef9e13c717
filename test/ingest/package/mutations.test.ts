import { expect, test } from "vitest";
import { IngestError } from "../../../src/ingest/index.js";
import { parseManifest } from "../../../src/ingest/package/parse-manifest.js";
import { readPackageZip } from "../../../src/ingest/package/zip.js";
import { seededRandom } from "../../support/random.js";
import { thorough } from "../../support/thorough.js";
import { delta, manifestOf, variant } from "../support/package-server.js";
import { packageZip } from "../support/raw-zip.js";

const assets = [variant("a", 100, 10), variant("b", 50), delta("d", 30)];
const ROUNDS = thorough ? 2000 : 400;

test("mutated zips and manifests give an IngestError or a package, nothing else", async () => {
  const random = seededRandom(5);
  const manifest = Buffer.from(JSON.stringify(manifestOf(assets)));
  const zip = packageZip(manifest);
  const outcomes = { refused: 0, taken: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const mutated = Buffer.from(round % 2 ? zip : manifest);
    for (let change = 0; change <= round % 4; change++) {
      mutated[Math.floor(random() * mutated.length)] = Math.floor(random() * 256);
    }
    const cut = random() < 0.1 ? mutated.subarray(0, Math.floor(random() * mutated.length)) : mutated;
    try {
      if (round % 2) parseManifest((await readPackageZip(cut)).manifest);
      else parseManifest(cut);
      outcomes.taken += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(IngestError);
      outcomes.refused += 1;
    }
  }
  expect(outcomes.refused).toBeGreaterThan(ROUNDS / 4);
  expect(outcomes.taken).toBeGreaterThan(ROUNDS / 100);
});
