import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningBucket, rclone, startBucket } from "./bucket.js";
import { equal, figure, type IngestFigure, seconds } from "./figures.js";
import { curlSha256sum } from "./ingest-contenders.js";
import { startIngest } from "./ingest-process.js";
import { serveWorkload, type Workload } from "./ingest-workload.js";

const KB = 1024;
const MB = 1024 * KB;

/** How much is moved, and how often. */
export interface S3BenchOptions {
  /** Divides the sizes. @default 1 */
  scale?: number;
  /** @default 3 */
  rounds?: number;
}

/** The peak memory, in bytes, of a process that ingests a workload into a bucket once. Linux only. */
async function peakMemory(bucket: RunningBucket, workload: Workload, concurrency: number): Promise<number> {
  const server = await serveWorkload(workload);
  const ours = await startIngest(server);
  const place = bucket.newPlace();
  try {
    return await ours.ingest({ folder: tmpdir(), bucket: place, concurrency });
  } finally {
    ours.stop();
    server.stop();
    await bucket.clear(place);
  }
}

/** The time of `curl --parallel` to the disk, `sha256sum` and `rclone copy` divided by ours, for each round. */
async function race(
  bucket: RunningBucket,
  workload: Workload,
  concurrency: number,
  rounds: number,
): Promise<number[]> {
  const server = await serveWorkload(workload);
  const ours = await startIngest(server);
  const folder = mkdtempSync(join(tmpdir(), "s3-bench-"));
  const ratios: number[] = [];
  try {
    // The first round compiles code and opens connections. It does not count.
    for (let round = 0; round <= rounds; round++) {
      const place = bucket.newPlace();
      const mine = await seconds(() => ours.ingest({ folder, bucket: place, concurrency }));
      await bucket.clear(place);
      if (round === 0) continue;
      const other = bucket.newPlace();
      const files = mkdtempSync(join(folder, "files-"));
      const theirs = await seconds(async () => {
        await curlSha256sum(server, files, workload.sizes.length, concurrency);
        const transfers = ["--transfers", String(concurrency), "--s3-no-check-bucket"];
        await rclone(other, "copy", files, `bench:${other.bucket}/${other.prefix}`, ...transfers);
      });
      rmSync(files, { recursive: true });
      await bucket.clear(other);
      ratios.push(theirs / mine);
    }
    return ratios;
  } finally {
    ours.stop();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The figures of an ingest into a bucket. Needs radosgw and rclone. */
export async function benchS3({ scale = 1, rounds = 3 }: S3BenchOptions = {}): Promise<IngestFigure[]> {
  const scaled = (amount: number) => Math.max(1, Math.floor(amount / scale));
  const large = scaled(512);
  const small = scaled(2000);
  const bucket = await startBucket();
  try {
    const largeFiles = { sizes: equal(4, large * MB) };
    const smallFiles = { sizes: equal(small, 256 * KB) };
    const largePeak = await peakMemory(bucket, largeFiles, 4);
    const smallPeak = await peakMemory(bucket, smallFiles, 16);
    const ofLarge = await race(bucket, largeFiles, 4, rounds);
    const ofSmall = await race(bucket, smallFiles, 16, rounds);
    const other = "against curl, sha256sum, then rclone";
    return [
      figure(`4 × ${large} MB ${other}`, ofLarge, "times"),
      figure(`${small} × 256 KB ${other}`, ofSmall, "times"),
      figure(`peak memory, 4 × ${large} MB`, [largePeak / MB], "MB"),
      figure(`peak memory, ${small} × 256 KB`, [smallPeak / MB], "MB"),
    ];
  } finally {
    bucket.stop();
  }
}
