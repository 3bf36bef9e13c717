/**
 * Budgets for what users download: exits with 1 when one is exceeded.
 *
 * npx tsx scripts/check-size.ts    (after npm run build)
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleSize } from "./bench/size.js";

/** Bytes of a program that reads one package, bundled with the core and its dependencies, minified and gzipped. */
const bundleBudget = 16_500;
/** Bytes of the package's own files, unpacked. */
const packageBudget = 1_000_000;
/** Packages named in `dependencies`. */
const dependencyBudget = 5;

const root = join(import.meta.dirname, "..");
const readManifest = () =>
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };

function packedSize(): number {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ unpackedSize }] = JSON.parse(output) as [{ unpackedSize: number }];
  return unpackedSize;
}

const program = `
  import { createClient } from "./dist/src/index.js";
  export const read = (options, id) => createClient(options).packages.get(id);
`;
const figures: [string, number, number][] = [
  [
    "bundle of a program that reads one package, bytes gzipped",
    await bundleSize({ contents: program, resolveDir: root }),
    bundleBudget,
  ],
  ["package unpacked, bytes", packedSize(), packageBudget],
  ["runtime dependencies", Object.keys(readManifest().dependencies).length, dependencyBudget],
];
for (const [what, found, budget] of figures) {
  const kept = found <= budget;
  console.log(`${kept ? "ok     " : "TOO BIG"} ${what}: ${found} of at most ${budget}`);
  if (!kept) process.exitCode = 1;
}
