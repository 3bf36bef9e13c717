import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, outcomeOf, runAsScript } from "./codegen/command.js";
import { readCommitted, readCoverage } from "./codegen/coverage.js";
import { generate } from "./codegen/generate/generate.js";
import { selectCommitted } from "./codegen/select/covered.js";
import { locked, readGenerated, writeFiles } from "./codegen/write.js";

const USAGE = `Usage: npm run generate [-- --check]

Writes generated/ from openapi/, offline; the same input gives the same bytes.
  --check   write nothing; exit 1 and name the files that differ`;

const UP_TO_DATE = "generated/ is up to date";

await runAsScript(import.meta.filename, (args) => generateCommand(args, join(import.meta.dirname, "..")));

/** `npm run generate` with these arguments, in the project at `root`. */
export function generateCommand(args: readonly string[], root: string): Promise<Outcome> {
  return outcomeOf("generate", async () => {
    const { values } = parseArgs({
      args: [...args],
      options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return { stdout: USAGE };
    return values.check ? checkFiles(root) : locked(root, () => writeChanges(root));
  });
}

/** The files that openapi/ gives, the files in generated/, and which of them differ. */
async function compareFiles(root: string) {
  const [apple, coverage, present] = await Promise.all([
    readCommitted(root),
    readCoverage(root),
    readGenerated(root),
  ]);
  const wanted = await generate(selectCommitted(apple, coverage), coverage);
  const names = new Set([...wanted.keys(), ...present.keys()]);
  const different = [...names].filter((path) => wanted.get(path) !== present.get(path));
  return { wanted, present, different };
}

async function writeChanges(root: string): Promise<Partial<Outcome>> {
  const { wanted, different } = await compareFiles(root);
  if (different.length === 0) return { stdout: UP_TO_DATE };
  await writeFiles(root, wanted);
  return { stdout: `Wrote ${different.join(", ")}` };
}

async function checkFiles(root: string): Promise<Partial<Outcome>> {
  const { wanted, present, different } = await compareFiles(root);
  if (different.length === 0) return { stdout: UP_TO_DATE };
  const lines = different.map((path) => `${path} ${difference(wanted.has(path), present.has(path))}`);
  const advice = "generated/ does not match openapi/: run npm run generate";
  return { code: 1, stderr: [...lines, advice].join("\n") };
}

function difference(isWanted: boolean, isPresent: boolean): string {
  if (!isPresent) return "is missing";
  return isWanted ? "differs" : "should not be there";
}
