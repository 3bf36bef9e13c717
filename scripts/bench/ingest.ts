import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { verifyPackage } from "../../src/ingest/index.js";
import { equal, figure, type IngestFigure, seconds } from "./figures.js";
import { type Contender, curlOpenssl, curlSha256sum, naive } from "./ingest-contenders.js";
import { peakMemory } from "./ingest-memory.js";
import { startIngest } from "./ingest-process.js";
import { serveWorkload, type Workload } from "./ingest-workload.js";
import { PACKAGE_SHAPES } from "./package-shapes.js";
import { benchSignature } from "./signature.js";

const KB = 1024;
const MB = 1024 * KB;

/** How much is moved, and how often. */
export interface IngestBenchOptions {
  /** Divides the sizes. @default 1: the sizes in FIGURES.md */
  scale?: number;
  /** Of most figures. @default 5 */
  rounds?: number;
  /** Where the files go. @default the system's temporary folder */
  folder?: string;
}

const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);

/** Measures all contenders in each round, so that noise on the machine affects all of them. */
async function race(
  workload: Workload,
  concurrency: number,
  others: Record<string, Contender>,
  { rounds = 5, folder = tmpdir() }: IngestBenchOptions,
): Promise<IngestFigure[]> {
  const server = await serveWorkload(workload);
  const ours = await startIngest(server);
  const ingest: Contender = (_server, folder, _assets, concurrency) => ours.ingest({ folder, concurrency });
  const run = async (contender: Contender) => {
    const target = mkdtempSync(join(folder, "ingest-bench-"));
    try {
      return await seconds(() => contender(server, target, workload.sizes.length, concurrency));
    } finally {
      rmSync(target, { recursive: true });
    }
  };
  try {
    // The first round compiles code, opens connections and fills caches. It does not count.
    await run(ingest);
    const ratios = new Map<string, number[]>(Object.keys(others).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      const mine = await run(ingest);
      for (const [name, contender] of Object.entries(others))
        ratios.get(name)?.push((await run(contender)) / mine);
    }
    return [...ratios].map(([name, values]) => figure(name, values, "times"));
  } finally {
    ours.stop();
    server.stop();
  }
}

/** `verifyPackage` against `sha256sum` over the same files, both from the system's cache. */
async function verifying(options: IngestBenchOptions): Promise<IngestFigure> {
  const { scale = 1, rounds = 5, folder = tmpdir() } = options;
  const bytes = Math.floor((512 * MB) / scale);
  const server = await serveWorkload({ sizes: equal(4, bytes) });
  const { trust } = server;
  const ours = await startIngest(server);
  const target = mkdtempSync(join(folder, "ingest-bench-"));
  try {
    await ours.ingest({ folder: target });
    const directory = join(target, "package");
    const files = Array.from({ length: 4 }, (_, index) => join(directory, "variant", `asset-${index}.ipa`));
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const theirs = await seconds(() => promisify(execFile)("sha256sum", files));
      ratios.push(theirs / (await seconds(() => verifyPackage(directory, { trust }))));
    }
    return figure("verifyPackage against sha256sum", ratios, "times");
  } finally {
    ours.stop();
    server.stop();
    rmSync(target, { recursive: true });
  }
}

/**
 * The cost of a digest of the whole file in addition to those of its chunks: files of one chunk, whose digest is both,
 * against the same files in chunks.
 */
async function hashingTwice(workload: Workload, options: IngestBenchOptions): Promise<IngestFigure> {
  const { rounds = 5, folder = tmpdir() } = options;
  const servers = [
    await serveWorkload({ ...workload, chunkSize: Math.max(...workload.sizes) }),
    await serveWorkload(workload),
  ];
  const processes = await Promise.all(servers.map(startIngest));
  const ingestSeconds = async (index: number) => {
    const target = mkdtempSync(join(folder, "ingest-bench-"));
    try {
      return await seconds(async () => processes[index]?.ingest({ folder: target, concurrency: 4 }));
    } finally {
      rmSync(target, { recursive: true });
    }
  };
  try {
    const ratios: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const once = await ingestSeconds(0);
      const twice = await ingestSeconds(1);
      // The first round is the warm-up.
      if (round >= 0) ratios.push(once / twice);
    }
    const network =
      workload.megabitsPerSecond === undefined ? "" : `, at ${workload.megabitsPerSecond} Mbit/s`;
    return figure(`chunks and whole file digested, against one digest${network}`, ratios, "times");
  } finally {
    for (const child of processes) child.stop();
    for (const server of servers) server.stop();
  }
}

/** The ingest's figures, each against another way to do the same on the same files from the same server. */
export async function benchIngest(options: IngestBenchOptions = {}): Promise<IngestFigure[]> {
  const { scale = 1, folder = tmpdir() } = options;
  const scaled = (amount: number) => Math.max(1, Math.floor(amount / scale));
  const large = { sizes: equal(4, scaled(512 * MB)) };
  const small = { sizes: equal(scaled(2000), 256 * KB) };
  const far = { sizes: equal(scaled(200), 256 * KB), latency: 50 };
  const huge = { sizes: equal(4, scaled(1024 * MB)) };
  const many = { sizes: equal(scaled(10_000), 4 * KB) };
  const curl = { "curl, then sha256sum": curlSha256sum, "curl, then openssl": curlOpenssl };
  const named = (prefix: string, figures: IngestFigure[]) =>
    figures.map((one) => ({ ...one, name: `${prefix} against ${one.name}` }));
  const megabytes = async (workload: Workload) => [(await peakMemory(workload, folder)) / MB];
  const shapes: IngestFigure[] = [];
  for (const [name, sizes] of Object.entries(PACKAGE_SHAPES)) {
    // A quarter of the files of the largest: all of them would take minutes.
    const taken = sizes.filter((_, index) => total(sizes) < 1000 * MB || index % 4 === 0);
    const text = `${name}, ${taken.length} files of ${Math.round(total(taken) / MB)} MB,`;
    // The smallest takes a tenth of a second, in which other load on the machine matters more.
    const rounds = (options.rounds ?? 5) * (total(taken) < 100 * MB ? 5 : 1);
    for (const tls of [false, true]) {
      const workload = { sizes: taken, tls };
      const figures = await race(workload, 8, { "curl, then openssl": curlOpenssl }, { ...options, rounds });
      shapes.push(...named(tls ? `${text} over https,` : text, figures));
    }
  }
  return [
    benchSignature(113),
    ...shapes,
    await hashingTwice(large, options),
    // Each of its rounds takes half a minute.
    await hashingTwice(
      { ...large, megabitsPerSecond: 1000 },
      { ...options, rounds: Math.min(options.rounds ?? 3, 3) },
    ),
    ...named(`4 × ${scaled(512)} MB`, await race(large, 4, curl, options)),
    ...named(`${small.sizes.length} × 256 KB`, await race(small, 16, curl, options)),
    ...named(
      `${far.sizes.length} × 256 KB, 50 ms away,`,
      await race(far, 8, { "one at a time": naive }, options),
    ),
    await verifying(options),
    figure(`peak memory, ${total(huge.sizes) / MB} MB`, await megabytes(huge), "MB"),
    figure(`peak memory, ${many.sizes.length} assets`, await megabytes(many), "MB"),
  ];
}
