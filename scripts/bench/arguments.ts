import { parseArgs } from "node:util";

/** What a run measures, and whether it writes the results into the README and FIGURES.md. */
export interface BenchArguments {
  readonly names: readonly string[];
  readonly write: boolean;
}

/** Reads the arguments of a run. Without names, all parts are measured. Returns a text if there is something unknown. */
export function readArguments(args: readonly string[], parts: readonly string[]): BenchArguments | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: { write: { type: "boolean" } },
  });
  const [unknown] = [
    ...Object.keys(values)
      .filter((flag) => flag !== "write")
      .map((flag) => `flag --${flag}`),
    ...positionals.filter((name) => !parts.includes(name)).map((name) => `part ${JSON.stringify(name)}`),
  ];
  if (unknown !== undefined)
    return `bench: there is no ${unknown}; the only flag is --write, and the parts are ${parts.join(", ")}`;
  return { names: positionals.length > 0 ? positionals : parts, write: values.write === true };
}
