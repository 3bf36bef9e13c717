import fs from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { temporaryFolder } from "../support/folders.js";
import { verifyPackage } from "../support/trusted.js";

// More than the number of arguments with which one call overflows the stack.
const FILES = 130_000;

test("a folder of 130,000 files that should not be there gives a report", async () => {
  // Creating so many files takes seconds. Only their names matter here.
  const file = { isFile: () => true, isDirectory: () => false };
  const readdir = async () =>
    Array.from({ length: FILES }, (_, index) => ({ ...file, name: `file-${index}` }));
  replaceBuiltin<object>(fs.promises, { readdir });
  const { valid, added } = await verifyPackage(join(temporaryFolder(), "p"));
  expect(valid).toBe(false);
  expect(added).toHaveLength(FILES);
});
