/** One figure: how many times faster than the other way, or a peak in bytes. */
export interface IngestFigure {
  name: string;
  /** The middle of the rounds, with the lowest and highest. */
  median: number;
  lowest: number;
  highest: number;
  unit: "times" | "MB" | "ms";
}

/** Sizes of files that are equal. */
export const equal = (count: number, bytes: number) => Array.from({ length: count }, () => bytes);

/** The middle of the rounds' values, with the lowest and the highest. */
export function figure(name: string, values: number[], unit: IngestFigure["unit"]): IngestFigure {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = at(Math.floor(sorted.length / 2));
  return { name, median, lowest: at(0), highest: at(sorted.length - 1), unit };
}

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
