import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { oneLine } from "./codegen/document/spec.js";
import { markdownReport } from "./codegen/report/markdown.js";
import type { Report } from "./codegen/report/report.js";
import { textReport } from "./codegen/report/text.js";
import { applesUrl } from "./codegen/source/source.js";
import { MissingError, update } from "./codegen/update.js";

const usage = `Usage: npm run update-spec [-- [source] [options]]

Takes Apple's specification into openapi/ and generated/, says what changed for alternative
distribution and whether it breaks anyone, then type checks and tests.

  source            Apple's zip, the JSON file in it, or a URL of either
                    (default: ${applesUrl})
  --dry-run         write nothing; only say what would change
  --allow-missing   go on when covered operations, or parameters of them, are missing
  --no-check        leave out the type check and the tests
  --json            the report for programs
  --markdown        the report for a pull request
  --help

Exit codes, dry run:  0 same   1 bad source   2 changed, compatible   3 breaking
Otherwise:            0 written, or nothing to do   1 nothing written (bad source, something missing)
                      4 written, but the type check or a test fails`;

try {
  const { values, positionals } = parseArgs({
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
  if (positionals.length > 1)
    throw new Error(`one source at a time, not ${positionals.length}: ${positionals.join(" ")}`);
  if (values.json && values.markdown) throw new Error("--json and --markdown: one of them");
  if (values.help) console.log(usage);
  else {
    const dryRun = values["dry-run"] === true;
    const report = await update({
      root: fileURLToPath(new URL("..", import.meta.url)),
      source: positionals[0] ?? applesUrl,
      dryRun,
      allowMissing: values["allow-missing"] === true,
      check: values["no-check"] !== true,
    });
    const print = values.json ? json : values.markdown ? markdownReport : textReport;
    console.log(print(report));
    process.exitCode = dryRun ? dryRunCode(report) : report.verdict?.fits === false ? 4 : 0;
  }
} catch (error) {
  console.error(`update-spec: ${error instanceof MissingError ? error.message : oneLine(error)}`);
  process.exitCode = 1;
}

function json(report: Report): string {
  return JSON.stringify(report, null, 2);
}

function dryRunCode({ result }: Report): number {
  return { unchanged: 0, same: 0, compatible: 2, breaking: 3 }[result];
}
