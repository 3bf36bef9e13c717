import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { verifyPackage } from "../../src/ingest/index.js";
import { type Contender, curlOpenssl, curlSha256sum, naive } from "./ingest-contenders.js";
import { peakMemory } from "./ingest-memory.js";
import { startIngest } from "./ingest-process.js";
import { serveWorkload, type Workload } from "./ingest-workload.js";

const KB = 1024;
const MB = 1024 * KB;

/** One figure: how many times faster than the other way, or a peak in bytes. */
export interface IngestFigure {
  name: string;
  /** The middle of the rounds, with the lowest and highest. */
  median: number;
  lowest: number;
  highest: number;
  unit: "times" | "MB";
}

/** How much is moved, and how often. */
export interface IngestBenchOptions {
  /** Divides the sizes. @default 1: the sizes in the README */
  scale?: number;
  /** @default 5 */
  rounds?: number;
  /** Where the files go. @default the system's temporary folder */
  folder?: string;
}

function figure(name: string, values: number[], unit: IngestFigure["unit"]): IngestFigure {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const median = at(Math.floor(sorted.length / 2));
  return { name, median, lowest: at(0), highest: at(sorted.length - 1), unit };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** Measures all contenders in each round, so that noise on the machine affects all of them. */
async function race(
  workload: Workload,
  concurrency: number,
  others: Record<string, Contender>,
  { rounds = 5, folder = tmpdir() }: IngestBenchOptions,
): Promise<IngestFigure[]> {
  const { origin, stop } = await serveWorkload(workload);
  const ours = await startIngest(origin);
  const ingest: Contender = (_origin, folder, _assets, concurrency) => ours.ingest({ folder, concurrency });
  const run = async (contender: Contender) => {
    const target = mkdtempSync(join(folder, "ingest-bench-"));
    try {
      return await seconds(() => contender(origin, target, workload.assets, concurrency));
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
    stop();
  }
}

/** `verifyPackage` against `sha256sum` over the same files, both from the system's cache. */
async function verifying(options: IngestBenchOptions): Promise<IngestFigure> {
  const { scale = 1, rounds = 5, folder = tmpdir() } = options;
  const bytes = Math.floor((512 * MB) / scale);
  const { origin, stop } = await serveWorkload({ assets: 4, bytes, chunkSize: bytes, latency: 0 });
  const ours = await startIngest(origin);
  const target = mkdtempSync(join(folder, "ingest-bench-"));
  try {
    await ours.ingest({ folder: target });
    const directory = join(target, "package");
    const files = Array.from({ length: 4 }, (_, index) => join(directory, "variant", `asset-${index}.ipa`));
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const theirs = await seconds(() => promisify(execFile)("sha256sum", files));
      ratios.push(theirs / (await seconds(() => verifyPackage(directory))));
    }
    return figure("verifyPackage against sha256sum", ratios, "times");
  } finally {
    ours.stop();
    stop();
    rmSync(target, { recursive: true });
  }
}

/** The ingest's figures, each against another way to do the same on the same files from the same server. */
export async function benchIngest(options: IngestBenchOptions = {}): Promise<IngestFigure[]> {
  const { scale = 1, folder = tmpdir() } = options;
  const scaled = (amount: number) => Math.max(1, Math.floor(amount / scale));
  const large: Workload = { assets: 4, bytes: scaled(512 * MB), chunkSize: scaled(512 * MB), latency: 0 };
  const small: Workload = { assets: scaled(2000), bytes: 256 * KB, chunkSize: 256 * KB, latency: 0 };
  const far: Workload = { assets: scaled(200), bytes: 256 * KB, chunkSize: 256 * KB, latency: 50 };
  const huge: Workload = { assets: 4, bytes: scaled(1024 * MB), chunkSize: 8 * MB, latency: 0 };
  const many: Workload = { assets: scaled(10_000), bytes: 4 * KB, chunkSize: 4 * KB, latency: 0 };
  const curl = { "curl, then sha256sum": curlSha256sum, "curl, then openssl": curlOpenssl };
  const named = (prefix: string, figures: IngestFigure[]) =>
    figures.map((one) => ({ ...one, name: `${prefix} against ${one.name}` }));
  const megabytes = async (workload: Workload) => [(await peakMemory(workload, folder)) / MB];
  return [
    ...named(`${large.assets} × ${large.bytes / MB} MB`, await race(large, 4, curl, options)),
    ...named(`${small.assets} × 256 KB`, await race(small, 16, curl, options)),
    ...named(`${far.assets} × 256 KB, 50 ms away,`, await race(far, 8, { "one at a time": naive }, options)),
    await verifying(options),
    figure(`peak memory, ${(huge.assets * huge.bytes) / MB} MB`, await megabytes(huge), "MB"),
    figure(`peak memory, ${many.assets} assets`, await megabytes(many), "MB"),
  ];
}
