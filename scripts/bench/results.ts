import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { contenders } from "./contenders.js";
import type { Table } from "./table.js";
import { projectFolder, type Workplace } from "./workplace.js";

/** The newest table of each part, and the machine and versions it was measured with. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  /** By package name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<string, Table>>;
}

const FILE = join(projectFolder, "scripts/bench/results.json");

/** The date, machine and versions of a run. */
export function describeRun(workplace: Workplace): Omit<Results, "tables"> {
  const [cpu] = cpus();
  const packages = [...new Set(contenders.flatMap((contender) => contender.packages)), "typescript"];
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    node: process.version,
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(workplace, name)])),
  };
}

function versionOf(workplace: Workplace, name: string): string {
  const manifest = readFileSync(join(workplace.folder, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The results of earlier runs. */
function readResults(): Partial<Results> {
  try {
    return JSON.parse(readFileSync(FILE, "utf8")) as Results;
  } catch {
    return {};
  }
}

/** Writes the new tables to results.json; tables of other parts stay as they were. */
export function keepResults(run: Omit<Results, "tables">, tables: Results["tables"]): Results {
  const results = { ...run, tables: { ...readResults().tables, ...tables } };
  writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
  return results;
}
