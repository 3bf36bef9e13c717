import { type Spread, spread } from "./statistics.js";

/** One figure: how many times as fast as the other way, a peak of memory, or a time. */
export interface IngestFigure {
  readonly name: string;
  readonly value: Spread;
  /** A megabyte is 2²⁰ bytes. */
  readonly unit: "times" | "MB" | "ms";
}

/** Sizes of files that are equal. */
export const equal = (count: number, bytes: number) => Array.from({ length: count }, () => bytes);

/** The figure of all rounds' values. */
export function figure(name: string, values: readonly number[], unit: IngestFigure["unit"]): IngestFigure {
  return { name, value: spread(values), unit };
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
