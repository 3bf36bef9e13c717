import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { projectFolder } from "./workplace.js";

/** What soak/speed.ts sends. */
interface Speed {
  /** From the start of the workers until all packages are served. */
  readonly seconds: number;
  /** Ms from a notification to its answer. */
  readonly notification: number;
  /** Ms that the shared limits add to an API call. */
  readonly limits: number;
  /** The most that the process used, bytes. */
  readonly memory: number;
}

/** One run of the reference marketplace. */
export interface MarketplaceFigure extends Speed {
  readonly packages: number;
  readonly workers: number;
}

const program = join(projectFolder, "test/examples/marketplace/soak/speed.ts");
const MOST = Number(process.env.BENCH_PACKAGES ?? 10_000);

/** Packages and workers of each run: first how the time grows with the packages, then what more workers give. */
const RUNS: readonly (readonly [packages: number, workers: number])[] = [
  [100, 4],
  [1_000, 4],
  [MOST, 4],
  [1_000, 2],
  [1_000, 1],
];

/** The database of the figures: a new one on the server in DATABASE_URL, or PGlite. */
export const databaseName = process.env.DATABASE_URL ? "PostgreSQL" : "PGlite";

/** Runs the reference marketplace in a process of its own, with the sandbox in another one. Minutes for each 10,000 packages. */
export async function benchMarketplace(): Promise<MarketplaceFigure[]> {
  const tsx = import.meta.resolve("tsx");
  execFileSync(process.execPath, ["--import", tsx, "scripts/marketplace.ts", "--install"], {
    cwd: projectFolder,
  });
  const figures: MarketplaceFigure[] = [];
  for (const [packages, workers] of RUNS) {
    const child = fork(program, [JSON.stringify({ packages, workers })], { execArgv: ["--import", tsx] });
    const speed = await answerOf(child);
    child.disconnect();
    figures.push({ packages, workers, ...speed });
    console.log(`${packages} packages, ${workers} workers: ${Math.round(speed.seconds)} s`);
  }
  return figures;
}

async function answerOf(child: ChildProcess): Promise<Speed> {
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`speed.ts: exit ${code}`)));
  const [speed] = (await Promise.race([once(child, "message"), ended])) as [Speed]; // its only message
  // From now on it may end.
  ended.catch(() => {});
  return speed;
}
