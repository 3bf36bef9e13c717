import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Outcome, outcomeOf, runAsScript } from "./codegen/command.js";
import { markdownReport } from "./codegen/report/markdown.js";
import type { Report } from "./codegen/report/report.js";
import { textReport } from "./codegen/report/text.js";
import { APPLES_URL } from "./codegen/source/source.js";
import { update } from "./codegen/update.js";

const USAGE = `Usage: npm run update-spec [-- [source] [options]]

Takes Apple's specification into openapi/apple.json and generated/, says what changed since the last
release and whether it breaks anyone, then type checks and tests.

  source            Apple's zip, the JSON file in it, or a URL of either
                    (default: ${APPLES_URL})
  --dry-run         write nothing; only say what would change
  --allow-missing   go on when something that openapi/operations.json covers is missing
  --no-check        leave out the type check and the tests
  --json            the report for programs
  --markdown        the report for a pull request
  --help

Exit codes, dry run:  0 same   1 unusable source   2 changed, compatible   3 breaking
Otherwise:            0 written, or nothing to do   1 nothing written (unusable source, something missing)
                      4 written, but src/ or a test no longer fits; until src/ compiles, the same command
                        exits with 4 again`;

const DRY_RUN_CODES = { unchanged: 0, same: 0, compatible: 2, breaking: 3 } as const;

await runAsScript(import.meta.filename, (args) => updateSpecCommand(args, join(import.meta.dirname, "..")));

/** `npm run update-spec` with these arguments, in the project at `root`. */
export function updateSpecCommand(args: readonly string[], root: string): Promise<Outcome> {
  return outcomeOf("update-spec", async () => {
    const { values, positionals } = readArguments(args);
    if (values.help) return { stdout: USAGE };
    if (positionals.length > 1) {
      throw new Error(`expected one source, got ${positionals.length}: ${positionals.join(" ")}`);
    }
    if (values.json && values.markdown) throw new Error("expected one of --json and --markdown, got both");
    const dryRun = values["dry-run"] === true;
    const report = await update({
      root,
      source: placeOf(positionals[0] ?? APPLES_URL),
      dryRun,
      allowMissing: values["allow-missing"] === true,
      check: values["no-check"] !== true,
    });
    const print = values.json ? jsonReport : values.markdown ? markdownReport : textReport;
    const code = dryRun ? DRY_RUN_CODES[report.result] : report.check?.fits === false ? 4 : 0;
    return { code, stdout: print(report) };
  });
}

function readArguments(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "dry-run": { type: "boolean" },
      "allow-missing": { type: "boolean" },
      "no-check": { type: "boolean" },
      json: { type: "boolean" },
      markdown: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
}

/** A relative path starts from the folder in which the user typed it; npm runs scripts in the project's folder. */
function placeOf(source: string): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  if (npm_lifecycle_event !== "update-spec" || INIT_CWD === undefined) return source;
  const path = resolve(INIT_CWD, source);
  return existsSync(path) ? path : source;
}

function jsonReport(report: Report): string {
  return JSON.stringify(report, null, 2);
}
