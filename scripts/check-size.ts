/**
 * Compares what users download with its budgets, and exits with 1 when one is exceeded.
 *
 * npx tsx scripts/check-size.ts    (after npm run build)
 */
import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { bundleSize } from "./bench/size.js";

/** Bytes of a program that reads one package, bundled with the core and its dependencies, minified and gzipped. */
export const BUNDLE_BUDGET = 19_900;
/** The same of a program that signs install tokens and makes links, and of all of `./install`. */
const INSTALL_LINK_BUDGET = 8_000;
const INSTALL_BUDGET = 12_000;
/** Bytes of the package's own files, unpacked. Docstrings are in the .d.ts files alone. */
const PACKAGE_BUDGET = 1_370_000;
/** Packages named in `dependencies`. */
const DEPENDENCY_BUDGET = 8;

const ROOT = join(import.meta.dirname, "..");
const PROGRAM = `
  import { createClient } from "./dist/src/index.js";
  export const read = (options, id) => createClient(options).packages.get(id);
`;
const INSTALL_LINK = `export { createInstallTokens, installLink } from "./dist/src/install/index.js";`;
const INSTALL = `export * from "./dist/src/install/index.js";`;

// The bench imports the budget from here, and must not start the check.
if (realpathSync(process.argv[1] ?? ".") === import.meta.filename) await checkSizes();

async function checkSizes(): Promise<void> {
  const figures: readonly (readonly [what: string, found: number, budget: number])[] = [
    [
      "bundle of a program that reads one package, bytes gzipped",
      await bundleSize({ contents: PROGRAM, resolveDir: ROOT }),
      BUNDLE_BUDGET,
    ],
    [
      "createInstallTokens and installLink, bytes gzipped",
      await bundleSize({ contents: INSTALL_LINK, resolveDir: ROOT }),
      INSTALL_LINK_BUDGET,
    ],
    [
      "all of ./install, bytes gzipped",
      await bundleSize({ contents: INSTALL, resolveDir: ROOT }),
      INSTALL_BUDGET,
    ],
    ["package unpacked, bytes", packedSize(), PACKAGE_BUDGET],
    ["runtime dependencies", dependencyCount(), DEPENDENCY_BUDGET],
  ];
  for (const [what, found, budget] of figures) {
    const isKept = found <= budget;
    console.log(`${isKept ? "ok     " : "TOO BIG"} ${what}: ${found} of at most ${budget}`);
    if (!isKept) process.exitCode = 1;
  }
}

function packedSize(): number {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const output = execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  // npm documents this output.
  const [{ unpackedSize }] = JSON.parse(output) as [{ unpackedSize: number }];
  return unpackedSize;
}

function dependencyCount(): number {
  // Our own package.json, which has dependencies.
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { dependencies: object };
  return Object.keys(manifest.dependencies).length;
}
