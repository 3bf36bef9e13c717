import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const LIMIT = 1_000;

/** Lines that are neither empty nor a comment. */
function linesOfCode(text: string): number {
  const withoutBlocks = text.replace(/^ *\/\*\*?[\s\S]*?\*\/ *$/gm, "");
  return withoutBlocks.split("\n").filter((line) => !/^\s*(?:\/\/.*|--.*)?$/.test(line)).length;
}

test(`the example has at most ${LIMIT} lines of code: TypeScript and SQL, without tests`, async () => {
  const folder = new URL(".", import.meta.url);
  const names = (await readdir(folder)).filter((name) => /(?<!\.test|test-support)\.ts$/.test(name));
  const migrations = (await readdir(new URL("migrations/", folder))).map((name) => `migrations/${name}`);
  const texts = [...names, ...migrations].map((name) => readFile(new URL(name, folder), "utf8"));
  const lines = (await Promise.all(texts)).map(linesOfCode);
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(LIMIT);
});
