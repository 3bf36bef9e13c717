import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removePackage } from "../../src/ingest/index.js";
import { existingPackage } from "./support/existing-package.js";

test("removePackage removes the folder and what an unfinished ingest left", async () => {
  const { folder, directory } = await existingPackage();
  mkdirSync(join(folder, ".p.ingest/removed"), { recursive: true });
  await removePackage(directory);
  expect(readdirSync(folder)).toEqual([]);
  await removePackage(directory);
  await removePackage(join(folder, "no/such"));
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, "file"), "");
  await removePackage(join(folder, "file/p"));
  await removePackage(join(folder, "file/no/such"));
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("removePackage after a kill between two renames leaves nothing", async () => {
  const { folder, directory } = await existingPackage();
  mkdirSync(join(folder, ".p.ingest"));
  renameSync(directory, join(folder, ".p.ingest/replaced"));
  await removePackage(directory);
  expect(readdirSync(folder)).toEqual([]);
});
