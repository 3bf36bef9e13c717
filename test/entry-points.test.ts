import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const { exports, typedocOptions } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../package.json"), "utf8"),
);

test("every entry point of the package is in the reference", () => {
  const sources = Object.values<{ readonly default?: string }>(exports).flatMap(
    ({ default: built = "" }) => /^\.\/dist\/(src\/.*)\.js$/.exec(built)?.[1] ?? [],
  );
  expect(sources.length).toBeGreaterThan(1);
  expect(sources.map((source) => `${source}.ts`)).toEqual(typedocOptions.entryPoints);
});
