import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const builds = new Map<string, Promise<string[]>>();

/** The files that an entry point loads. Each entry point is built once for all tests. */
function loadedBy(entry: string): Promise<string[]> {
  const known = builds.get(entry) ?? inputsOf(entry);
  builds.set(entry, known);
  return known;
}

async function inputsOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
  });
  return Object.keys(metafile.inputs);
}

const OF_THE_COMMAND = /node_modules\/commander\/|^src\/cli\//;

const { typedocOptions } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** The sources of the package's entry points. */
const ENTRY_POINTS: readonly string[] = typedocOptions.entryPoints;

test.each(ENTRY_POINTS.filter((entry) => entry !== "src/s3/index.ts"))(
  "%s does not load the S3 client, which need not be installed",
  async (entry) => {
    expect((await loadedBy(entry)).filter((path) => /node_modules\/@aws-sdk\//.test(path))).toEqual([]);
  },
);

test.each(ENTRY_POINTS)("%s loads nothing of the command line", async (entry) => {
  expect((await loadedBy(entry)).filter((path) => OF_THE_COMMAND.test(path))).toEqual([]);
});

test("the command line is what loads them", async () => {
  expect((await loadedBy("src/cli/main.ts")).some((path) => OF_THE_COMMAND.test(path))).toBe(true);
});
