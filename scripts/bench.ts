/**
 * Measures this package next to the alternatives, side by side in one run.
 *
 * npm run bench                    everything
 * npm run bench -- core size       these parts: core types size transport sandbox notifications ingest s3 codegen
 *                                  marketplace
 * npm run bench -- core --write    and puts the charts of all parts measured so far into the README, and their tables into
 *                                  FIGURES.md
 */
import { parseArgs } from "node:util";
import { parts } from "./bench/parts.js";
import { describeRun, keepResults } from "./bench/results.js";
import { printTable, type Table } from "./bench/table.js";
import { prepareWorkplace } from "./bench/workplace.js";
import { writeReadme } from "./bench/write.js";
import { temporaryFolder } from "./support/temporary-folder.js";

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: { write: { type: "boolean" } },
});
const names = positionals.length > 0 ? positionals : Object.keys(parts);
const unknownFlags = Object.keys(values).filter((flag) => flag !== "write");
const [unknown] = [
  ...unknownFlags.map((flag) => `flag --${flag}`),
  ...names.filter((name) => !Object.hasOwn(parts, name)).map((name) => `part ${JSON.stringify(name)}`),
];
if (unknown !== undefined) {
  console.error(
    `bench: there is no ${unknown}; the only flag is --write, and the parts are ${Object.keys(parts).join(", ")}`,
  );
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
for (const name of names) {
  const table = await parts[name]?.(workplace);
  if (!table) continue;
  printTable(table);
  tables[name] = table;
}
const results = keepResults(run, tables);
if (values.write) await writeReadme(results);
