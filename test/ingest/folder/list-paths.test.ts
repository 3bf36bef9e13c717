import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../support/folders.js";
import { verifyPackage } from "../support/trusted.js";

// More than the number of arguments with which one call overflows the stack.
const FILES = 130_000;

// Creating so many files takes seconds. Only their names matter here.
vi.mock("node:fs/promises", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs/promises")>();
  const file = { isFile: () => true, isDirectory: () => false };
  const readdir = async () =>
    Array.from({ length: FILES }, (_, index) => ({ ...file, name: `file-${index}` }));
  return { ...original, readdir };
});

test("a folder of 130,000 files that should not be there gives a report", async () => {
  const { valid, added } = await verifyPackage(join(temporaryFolder(), "p"));
  expect(valid).toBe(false);
  expect(added).toHaveLength(FILES);
});
