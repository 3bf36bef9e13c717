import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readCommitted, readCoverage } from "./codegen/coverage.js";
import { oneLine } from "./codegen/document/spec.js";
import { generate } from "./codegen/generate/generate.js";
import { readTree, recover, writeAtomically } from "./codegen/write.js";

const usage = `Usage: npm run generate [-- --check]

Writes generated/ from openapi/, offline; the same input gives the same bytes.
  --check   write nothing; exit 1 and name the files that differ`;

try {
  const { values } = parseArgs({
    options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) console.log(usage);
  else await run(fileURLToPath(new URL("..", import.meta.url)), values.check === true);
} catch (error) {
  console.error(`generate: ${oneLine(error)}`);
  process.exitCode = 1;
}

async function run(root: string, check: boolean): Promise<void> {
  if (!check) await recover(root);
  const [apple, coverage, present] = await Promise.all([
    readCommitted(root),
    readCoverage(root),
    readTree(root, "generated"),
  ]);
  const wanted = await generate(apple, coverage);
  const names = new Set([...wanted.keys(), ...present.keys()]);
  const different = [...names].filter((path) => wanted.get(path) !== present.get(path));
  if (different.length === 0) return console.log("generated/ is up to date");
  if (!check) {
    await writeAtomically(root, wanted, ["generated"]);
    return console.log(`Wrote ${different.join(", ")}`);
  }
  for (const path of different) console.error(`${path} ${difference(wanted.has(path), present.has(path))}`);
  console.error("generated/ does not belong to openapi/: run npm run generate");
  process.exitCode = 1;
}

function difference(wanted: boolean, present: boolean): string {
  if (!present) return "is missing";
  return wanted ? "differs" : "should not be there";
}
