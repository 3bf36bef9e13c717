import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "./results.js";
import { type Cell, numberIn, textOf } from "./table.js";
import { comparatorsFolder, projectFolder } from "./workplace.js";

/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  /** Absent where there is nothing to show but `text`. */
  readonly value?: number;
  readonly text: string;
  /** Bars of one group stand below its name. */
  readonly group?: string;
  /** Drawn in the accent colour. */
  readonly own: boolean;
}

/** A picture for each: an SVG shown as an image cannot follow the theme chosen on the page. */
export type Theme = "light" | "dark";

/** A chart: which column of which part it shows, one or one below the other. */
interface Chart {
  readonly name: string;
  readonly title: string;
  readonly part: string;
  /** Column ids, with the name of their group where there are several. */
  readonly columns: Readonly<Record<string, string | undefined>>;
  readonly digits: number;
  readonly unit: string;
}

export const charts: readonly Chart[] = [
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

const folder = "scripts/bench/charts";

/** Where a chart is, from the project's root. */
export function chartFile({ name }: Chart, theme: Theme): string {
  return `${folder}/${name}-${theme}.svg`;
}

/** A label short enough to stand beside a bar. */
export function shortLabel(label: string): string {
  return label.replace(/^(@[^/]+)\/.*/, "$1/…");
}

/** Draws every chart whose part was measured, for light and dark pages. Returns those drawn. */
export async function drawCharts({ tables }: Results, own: string): Promise<Chart[]> {
  // What draws is installed in that folder alone.
  const { drawBars } = (await import(join(comparatorsFolder, "bars.ts"))) as {
    drawBars(title: string, bars: readonly Bar[], theme: Theme): string;
  };
  mkdirSync(join(projectFolder, folder), { recursive: true });
  const drawn = charts.filter(({ part }) => tables[part]);
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
