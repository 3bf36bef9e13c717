import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "./results.js";
import { type Cell, numberIn, textOf } from "./table.js";
import { comparatorsFolder, projectFolder } from "./workplace.js";

/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  /** Absent when there is no number to draw, only `text`. */
  readonly value?: number;
  readonly text: string;
  /** The heading that the bar is listed under. */
  readonly group?: string;
  /** Drawn in the accent colour. */
  readonly own: boolean;
}

/** Each chart is drawn twice, because an SVG image cannot adapt to the theme of the page. */
export type Theme = "light" | "dark";

/** One chart: the part of the bench and the columns that it shows, one below the other. */
interface Chart {
  readonly name: string;
  readonly title: string;
  readonly part: string;
  /** Column ids, each with the heading of its group when there are several. */
  readonly columns: Readonly<Record<string, string | undefined>>;
  readonly digits: number;
  readonly unit: string;
}

const CHARTS: readonly Chart[] = [
  {
    name: "requests",
    title: "Requests per second, fetch with a time-out = 1",
    part: "core",
    columns: { timeout1: "one at a time", timeout16: "16 at once" },
    digits: 2,
    unit: "",
  },
  {
    name: "bundle",
    title: "Bundle, minified and gzipped",
    part: "size",
    columns: { bundle: undefined },
    digits: 1,
    unit: " kB",
  },
  {
    name: "import",
    title: "Cold import",
    part: "core",
    columns: { import: undefined },
    digits: 0,
    unit: " ms",
  },
  {
    name: "types",
    title: "Type check of ten lines",
    part: "types",
    columns: { skipping: undefined },
    digits: 1,
    unit: " s",
  },
];

const FOLDER = "scripts/bench/charts";

/** The file of a chart, relative to the project's root. */
export function chartFile({ name }: Chart, theme: Theme): string {
  return `${FOLDER}/${name}-${theme}.svg`;
}

/** A label that is short enough for the space beside a bar. */
function shortLabel(label: string): string {
  return label.replace(/^(@[^/]+)\/.*/, "$1/…");
}

/** Draws every chart whose part was measured, for light and dark pages, and returns these charts. */
export async function drawCharts({ tables }: Results, own: string): Promise<Chart[]> {
  // The drawing library is installed in that folder only.
  const { drawBars } = (await import(join(comparatorsFolder, "bars.ts"))) as {
    drawBars(title: string, bars: readonly Bar[], theme: Theme): string;
  };
  mkdirSync(join(projectFolder, FOLDER), { recursive: true });
  const drawn = CHARTS.filter(({ part }) => tables[part]);
  for (const chart of drawn) {
    const bars = Object.entries(chart.columns).flatMap(([column, group]) =>
      (tables[chart.part]?.rows ?? []).map(
        ({ label, cells }): Bar => ({
          ...barOf(cells[column], chart),
          label: shortLabel(label),
          own: label === own,
          ...(group !== undefined && { group }),
        }),
      ),
    );
    for (const theme of ["light", "dark"] as const) {
      writeFileSync(join(projectFolder, chartFile(chart, theme)), drawBars(chart.title, bars, theme));
    }
  }
  return drawn;
}

function barOf(cell: Cell | undefined, { digits, unit }: Chart): Pick<Bar, "value" | "text"> {
  const value = numberIn(cell);
  const text = textOf(cell, digits, false);
  return value === undefined ? { text } : { value, text: `${text}${unit}` };
}
