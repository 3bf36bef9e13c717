import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectFolder } from "./workplace.js";

/** One run of the reference marketplace. */
export interface MarketplaceFigure {
  readonly packages: number;
  readonly workers: number;
  readonly packagesPerMinute: number;
  /** Ms from a notification to its answer. */
  readonly notification: number;
  /** Ms that the shared limits add to an API call. */
  readonly limits: number;
  /** Of the process with workers and sandbox, bytes. */
  readonly memory: number;
}

const program = join(projectFolder, "test/examples/marketplace/soak/speed.ts");

/** Packages and workers of each run. BENCH_PACKAGES makes the long one shorter. */
const RUNS: readonly (readonly [packages: number, workers: number])[] = [
  [100, 1],
  [100, 2],
  [100, 4],
  [1_000, 4],
  [Number(process.env.BENCH_PACKAGES ?? 10_000), 4],
];

/** Runs the reference marketplace on PGlite, or on a new database of the server in DATABASE_URL. */
export async function benchMarketplace(): Promise<MarketplaceFigure[]> {
  const tsx = import.meta.resolve("tsx");
  execFileSync(process.execPath, ["--import", tsx, "scripts/marketplace.ts", "--install"], {
    cwd: projectFolder,
  });
  const figures: MarketplaceFigure[] = [];
  for (const [packages, workers] of RUNS) {
    const child = fork(program, [JSON.stringify({ packages, workers })], {
      execArgv: ["--import", tsx],
    });
    // The only message of speed.ts.
    const [speed] = (await once(child, "message")) as [Omit<MarketplaceFigure, "packages" | "workers">];
    child.kill();
    figures.push({ packages, workers, ...speed });
  }
  return figures;
}
