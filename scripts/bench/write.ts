import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartFile, drawCharts } from "./charts.js";
import { ours } from "./contenders.js";
import type { Results } from "./results.js";
import { numberIn, type Table, textOf } from "./table.js";
import { projectFolder } from "./workplace.js";

const START = "<!-- figures -->";
const END = "<!-- /figures -->";
const ALL_FIGURES = "scripts/bench/FIGURES.md";

/** Draws the charts, writes every table to FIGURES.md, and puts the charts between the README's two marks. */
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
  replaceFigures(`${pictures.join("\n")}\n\n${caption}`);
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
