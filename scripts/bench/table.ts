import { styleText } from "node:util";
import type { Spread } from "./statistics.js";

/** One column of a table. */
export interface Column {
  /** Names it in results.json. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** Decimal places. */
  readonly digits: number;
  /** The largest value this package may have. */
  readonly atMost?: number;
  /** The smallest value this package may have. */
  readonly atLeast?: number;
}

/** A measured value, or words where there is no number: "out of memory". */
export type Cell = Spread | number | string;

/** One row of a table. */
export interface Row {
  readonly label: string;
  /** By column id. */
  readonly cells: Readonly<Record<string, Cell>>;
}

/** The result of one part of the bench. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Labels of the rows that the columns' limits apply to. */
  readonly judged: readonly string[];
}

/** The number in a cell; `undefined` if there is none. */
export function numberIn(cell: Cell | undefined): number | undefined {
  if (typeof cell === "object") return cell.median;
  return typeof cell === "number" ? cell : undefined;
}

/** A cell as text: `0.93`, or with its quartiles, `0.93 (0.91–0.95)`. */
export function textOf(cell: Cell | undefined, digits: number, quartiles = true): string {
  if (cell === undefined) return "–";
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return format(cell, digits);
  const middle = format(cell.median, digits);
  return quartiles ? `${middle} (${format(cell.low, digits)}–${format(cell.high, digits)})` : middle;
}

function format(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Whether a value is within the limits of its column. */
function isWithin(column: Column, cell: Cell | undefined): boolean {
  const value = numberIn(cell);
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = column;
  return value === undefined || (value <= atMost && value >= atLeast);
}

/** Prints a table, then a line for each limit that says whether it is kept. */
export function printTable({ title, columns, rows, judged }: Table) {
  const head = ["", ...columns.map((column) => column.title)];
  const body = rows.map(({ label, cells }) => [
    label,
    ...columns.map(({ id, digits }) => textOf(cells[id], digits)),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((line) => line[at]?.length ?? 0)));
  const lay = (line: string[]) =>
    line
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  ");
  console.log(`\n${styleText("bold", title)}`);
  console.log(styleText("dim", lay(head)));
  for (const line of body) console.log(lay(line));
  for (const { label, cells } of rows.filter((row) => judged.includes(row.label))) {
    for (const column of columns) printLimits(label, column, cells[column.id]);
  }
}

function printLimits(label: string, column: Column, cell: Cell | undefined) {
  const limits = [
    ...(column.atLeast === undefined ? [] : [`at least ${column.atLeast}`]),
    ...(column.atMost === undefined ? [] : [`at most ${column.atMost}`]),
  ];
  if (limits.length === 0) return;
  const kept = isWithin(column, cell);
  const text = `${kept ? "ok    " : "MISSED"} ${label}, ${column.title}: ${textOf(cell, column.digits)}, should be ${limits.join(", ")}`;
  console.log(styleText(kept ? "green" : "red", text));
}
