import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartFile, drawCharts } from "./charts.js";
import { fetchWithTimeout, ours, plainFetch } from "./contenders.js";
import type { Results } from "./results.js";
import { type Cell, numberIn, type Table, textOf } from "./table.js";
import { projectFolder } from "./workplace.js";

const START = "<!-- figures -->";
const END = "<!-- /figures -->";
const ALL_FIGURES = "scripts/bench/FIGURES.md";

/** The README's columns: heading, part, column id, decimal places. */
const COLUMNS: readonly (readonly [string, string, string, number])[] = [
  ["requests/s, one at a time", "core", "timeout1", 2],
  ["16 at once", "core", "timeout16", 2],
  ["import, ms", "core", "import", 0],
  ["memory, MB", "core", "memory", 0],
  ["bundle, kB gzip", "size", "bundle", 1],
  ["installed, MB", "size", "installed", 1],
  ["type check, s", "types", "skipping", 1],
  ["skipLibCheck off, s", "types", "checking", 1],
];

/** Draws the charts, writes every table to FIGURES.md, and puts the comparison between the README's two marks. */
export async function writeReadme(results: Results) {
  const drawn = await drawCharts(results, ours.label);
  const pictures = drawn.map((chart) => {
    const dark = `<source media="(prefers-color-scheme: dark)" srcset="${chartFile(chart, "dark")}">`;
    return `<picture>${dark}<img width="49%" alt="${chart.title}" src="${chartFile(chart, "light")}"></picture>`;
  });
  const names = Object.entries(results.versions).map((entry) => entry.join(" "));
  const about = `Node ${results.node}, ${results.machine}, ${results.date}: ${names.join(", ")}.`;
  const caption =
    `Requests per second are a share of plain fetch with a time-out, in the same run. ` +
    `${about} \`npm run bench\` measures again; [all figures](${ALL_FIGURES}).`;
  const comparison = ["types", "size", "core"].every((part) => results.tables[part])
    ? [compare(results)]
    : [];
  replaceFigures([pictures.join("\n"), ...comparison, caption].join("\n\n"));
  const tables = Object.values(results.tables).map(markdownOf);
  const title =
    "# Figures\n\nWritten by `npm run bench -- --write`. In brackets: the quartiles of all rounds.";
  writeFileSync(join(projectFolder, ALL_FIGURES), `${[title, about, ...tables].join("\n\n")}\n`);
}

function replaceFigures(text: string) {
  const file = join(projectFolder, "README.md");
  const readme = readFileSync(file, "utf8");
  const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md: expected ${START} and, below it, ${END}`);
  writeFileSync(file, `${readme.slice(0, from + START.length)}\n${text}\n${readme.slice(to)}`);
}

function compare({ tables }: Results): string {
  const labels = (tables.core?.rows ?? [])
    .map((row) => row.label)
    .filter((label) => label !== plainFetch.label);
  const cellOf = (label: string, part: string, id: string): Cell | undefined =>
    tables[part]?.rows.find((row) => row.label === label)?.cells[id];
  const lines = labels.map((label) => {
    // Both programs with plain fetch have the same types: one type check counts for both.
    const subject = (part: string) =>
      part === "types" && label === fetchWithTimeout.label ? plainFetch.label : label;
    const cells = COLUMNS.map(([, part, id, digits]) =>
      textOf(cellOf(subject(part), part, id), digits, false),
    );
    return label === ours.label ? [`**${label}**`, ...cells.map((cell) => `**${cell}**`)] : [label, ...cells];
  });
  return markdownTable(["", ...COLUMNS.map(([heading]) => heading)], lines);
}

function markdownOf({ title, columns, rows }: Table): string {
  const head = ["", ...columns.map((column) => column.title)];
  const body = rows.map(({ label, cells }) => [
    label,
    ...columns.map(({ id, digits }) => textOf(cells[id], digits, numberIn(cells[id]) !== undefined)),
  ]);
  return `## ${title}\n\n${markdownTable(head, body)}`;
}

function markdownTable(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");
}
