import { execFileSync, fork } from "node:child_process";
import { join } from "node:path";
import { nextMessage } from "./next-message.js";
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

/** Packages of the longest run. BENCH_PACKAGES makes all of them shorter. */
const MOST = Number(process.env.BENCH_PACKAGES || 10_000);
const MIDDLE = Math.ceil(MOST / 10);

/** First how the time grows with the packages, then what fewer workers need. */
const RUNS: readonly (readonly [packages: number, workers: number])[] = [
  [Math.ceil(MOST / 100), 4],
  [MIDDLE, 4],
  [MOST, 4],
  [MIDDLE, 2],
  [MIDDLE, 1],
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
    const speed = await nextMessage<Speed>(child);
    child.disconnect();
    figures.push({ packages, workers, ...speed });
    console.log(`${packages} packages, ${workers} workers: ${Math.round(speed.seconds)} s`);
  }
  soak();
  return figures;
}

/** The soak test with as many packages. Only a server can have the processes that it kills. */
function soak(): void {
  if (!process.env.DATABASE_URL) {
    console.log("no soak test: it needs a server in DATABASE_URL");
    return;
  }
  const test = ["vitest", "run", "test/examples/marketplace/soak.test.ts", "-t", "PostgreSQL and a folder"];
  const env = { ...process.env, SOAK_PACKAGES: String(MOST) };
  execFileSync("npx", test, { cwd: projectFolder, stdio: "inherit", env });
}
