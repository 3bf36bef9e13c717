import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, outcomeOf, runAsScript } from "./codegen/command.js";
import { readCommitted, readCoverage } from "./codegen/coverage.js";
import { generate } from "./codegen/generate/generate.js";
import { readTree, recover, writeAtomically } from "./codegen/write.js";

const USAGE = `Usage: npm run generate [-- --check]

Writes generated/ from openapi/, offline; the same input gives the same bytes.
  --check   write nothing; exit 1 and name the files that differ`;

await runAsScript(import.meta.filename, (args) => generateCommand(args, join(import.meta.dirname, "..")));

/** `npm run generate` with these arguments, in the project at `root`. */
export function generateCommand(args: readonly string[], root: string): Promise<Outcome> {
  return outcomeOf("generate", async () => {
    const { values } = parseArgs({
      args: [...args],
      options: { check: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return { stdout: USAGE };
    return writeOrCheck(root, values.check === true);
  });
}

async function writeOrCheck(root: string, check: boolean): Promise<Partial<Outcome>> {
  if (!check) await recover(root);
  const [apple, coverage, present] = await Promise.all([
    readCommitted(root),
    readCoverage(root),
    readTree(root, "generated"),
  ]);
  const wanted = await generate(apple, coverage);
  const names = new Set([...wanted.keys(), ...present.keys()]);
  const different = [...names].filter((path) => wanted.get(path) !== present.get(path));
  if (different.length === 0) return { stdout: "generated/ is up to date" };
  if (!check) {
    await writeAtomically(root, wanted, ["generated"]);
    return { stdout: `Wrote ${different.join(", ")}` };
  }
  const lines = different.map((path) => `${path} ${difference(wanted.has(path), present.has(path))}`);
  return {
    code: 1,
    stderr: [...lines, "generated/ does not match openapi/: run npm run generate"].join("\n"),
  };
}

function difference(isWanted: boolean, isPresent: boolean): string {
  if (!isPresent) return "is missing";
  return isWanted ? "differs" : "should not be there";
}
