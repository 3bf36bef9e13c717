import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { beforeRead } from "../support/before-read.js";
import { temporaryFolder } from "../support/folders.js";
import { manifestOf, type ServedAsset, variant } from "../support/package-server.js";
import { signatureOf } from "../support/signing.js";
import { verifyPackage } from "../support/trusted.js";

const kept = variant("kept", 5000);
const older = [kept, variant("older", 3000)];
const newer = [kept, variant("newer", 3000)];

function makePackage(folder: string, assets: readonly ServedAsset[]): void {
  mkdirSync(join(folder, "variant"), { recursive: true });
  const manifest = JSON.stringify(manifestOf(assets));
  writeFileSync(join(folder, "manifest.json"), manifest);
  writeFileSync(join(folder, "signature"), signatureOf(manifest, assets));
  for (const { id, content } of assets) writeFileSync(join(folder, "variant", `${id}.ipa`), content);
}

test("a package that a newer one replaces meanwhile is valid", async () => {
  let rounds = 0;
  for (let isDone = false; !isDone; ) {
    rounds += 1;
    const folder = temporaryFolder();
    const directory = join(folder, "p");
    makePackage(directory, older);
    makePackage(join(folder, "new"), newer);
    const reading = beforeRead(rounds, () => {
      renameSync(directory, join(folder, "old"));
      renameSync(join(folder, "new"), directory);
    });
    expect(await verifyPackage(directory)).toMatchObject({
      valid: true,
      missing: [],
      added: [],
      corrupt: [],
    });
    isDone = !reading.wasCalled;
  }
  expect(rounds).toBeGreaterThan(8);
});

test("a package that is removed meanwhile is valid or missing", async () => {
  for (let round = 1, isDone = false; !isDone; round++) {
    const folder = temporaryFolder();
    const directory = join(folder, "p");
    makePackage(directory, older);
    const reading = beforeRead(round, () => renameSync(directory, join(folder, "old")));
    const { valid, missing, corrupt } = await verifyPackage(directory);
    expect(valid ? [] : ["manifest.json", "signature"]).toEqual(missing);
    expect(corrupt).toEqual([]);
    isDone = !reading.wasCalled;
  }
});
