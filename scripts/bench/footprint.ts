import { execFileSync } from "node:child_process";
import type { Contender } from "./contenders.js";
import { type Spread, spread } from "./statistics.js";
import type { Workplace } from "./workplace.js";

const ROUNDS = 25;

/** The cost of importing a contender's packages. */
export interface Footprint {
  /** Milliseconds in a new process, without Node's own start. */
  readonly importTime: Spread;
  /** Megabytes of resident memory, minus those of a process that imports nothing. */
  readonly memory: Spread;
}

/** Imports the packages of all contenders in turns, each time in a new process. */
export function measureFootprints(workplace: Workplace, contenders: readonly Contender[]): Footprint[] {
  const figures = contenders.map(() => ({ times: [] as number[], memories: [] as number[] }));
  for (let round = -2; round < ROUNDS; round++) {
    const empty = importFresh(workplace, []);
    for (const [at, { packages }] of contenders.entries()) {
      const { milliseconds, bytes } = packages.length === 0 ? empty : importFresh(workplace, packages);
      // The first rounds only fill the disk cache.
      if (round < 0) continue;
      figures[at]?.times.push(milliseconds - empty.milliseconds);
      figures[at]?.memories.push((bytes - empty.bytes) / 1e6);
    }
  }
  return figures.map(({ times, memories }) => ({ importTime: spread(times), memory: spread(memories) }));
}

function importFresh(workplace: Workplace, packages: readonly string[]) {
  const output = execFileSync(process.execPath, [workplace.compiled("footprint"), ...packages], {
    encoding: "utf8",
  });
  return JSON.parse(output) as { milliseconds: number; bytes: number };
}
