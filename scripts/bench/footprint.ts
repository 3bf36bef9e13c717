import { execFileSync } from "node:child_process";
import type { Contender } from "./contenders.js";
import { type Spread, spread } from "./statistics.js";
import type { Workplace } from "./workplace.js";

const rounds = 25;

/** What importing a contender's packages costs. */
export interface Footprint {
  /** Milliseconds in a fresh process, Node's own start not counted. */
  readonly importTime: Spread;
  /** Megabytes of resident memory more than a process that imports nothing. */
  readonly memory: Spread;
}

/** Imports each contender's packages in fresh processes, in turns. */
export function measureFootprints(workplace: Workplace, contenders: readonly Contender[]): Footprint[] {
  const figures = contenders.map(() => ({ times: [] as number[], memories: [] as number[] }));
  for (let round = -2; round < rounds; round++) {
    const empty = importFresh(workplace, []);
    for (const [at, { packages }] of contenders.entries()) {
      const { milliseconds, bytes } = packages.length === 0 ? empty : importFresh(workplace, packages);
      // The first rounds only bring the files into the disk cache.
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
