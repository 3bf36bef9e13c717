/**
 * Measures this package next to the alternatives, side by side in one run.
 *
 * npm run bench                    everything
 * npm run bench -- core size       these parts: core types size transport sandbox notifications ingest s3 codegen
 *                                  marketplace
 * npm run bench -- core --write    and puts the charts of all parts measured so far into the README, and their tables into
 *                                  FIGURES.md
 */
import { readArguments } from "./bench/arguments.js";
import { parts } from "./bench/parts.js";
import { describeRun, keepResults } from "./bench/results.js";
import { printTable, type Table } from "./bench/table.js";
import { prepareWorkplace } from "./bench/workplace.js";
import { writeReadme } from "./bench/write.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const request = readArguments(process.argv.slice(2), Object.keys(parts));
if (typeof request === "string") {
  console.error(request);
  process.exit(2);
}

// Everything temporary of the parts and their processes is below one folder, which is deleted also after Ctrl-C.
process.env.TMPDIR = temporaryFolder("adp-bench-");
const workplace = prepareWorkplace();
const run = describeRun(workplace);
console.log(`Node ${run.node} on ${run.machine}`);
console.log(
  Object.entries(run.versions)
    .map((entry) => entry.join(" "))
    .join(", "),
);
const tables: Record<string, Table> = {};
for (const name of request.names) {
  const table = await parts[name]?.(workplace);
  if (!table) continue;
  printTable(table);
  tables[name] = table;
}
const results = keepResults(run, tables);
if (request.write) await writeReadme(results);
