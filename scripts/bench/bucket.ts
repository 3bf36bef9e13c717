import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { startRadosgw } from "../support/radosgw.js";
import type { BenchBucket } from "./ingest-process.js";

const run = promisify(execFile);

/** A bucket of a radosgw that runs for one bench. */
export interface RunningBucket {
  /** A place in it that was not used before. */
  newPlace(): BenchBucket;
  /** Deletes everything at a place, and waits until the memory is free. */
  clear(place: BenchBucket): Promise<void>;
  stop(): void;
}

/** The environment in which rclone finds the store under the name `bench:`. */
function rcloneEnvironment(place: BenchBucket): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  // Nothing else: rclone fails where a variable such as AWS_CA_BUNDLE is set.
  return {
    PATH,
    HOME,
    RCLONE_CONFIG_BENCH_TYPE: "s3",
    RCLONE_CONFIG_BENCH_PROVIDER: "Ceph",
    RCLONE_CONFIG_BENCH_ENDPOINT: place.endpoint,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: place.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: place.secretAccessKey,
  };
}

/** rclone: the one in the variable RCLONE, or in the path. */
export async function rclone(place: BenchBucket, ...args: readonly string[]): Promise<void> {
  await run(process.env.RCLONE || "rclone", [...args], { env: rcloneEnvironment(place) });
}

/** Starts radosgw with a bucket. It has to be installed: `scripts/radosgw.sh install`. */
export async function startBucket(): Promise<RunningBucket> {
  const folder = join(mkdtempSync(join(tmpdir(), "bench-radosgw-")), "ceph");
  const { url: endpoint, accessKeyId, secretAccessKey, stop } = await startRadosgw(folder);
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  const bucket = "bench";
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  let count = 0;
  return {
    newPlace: () => ({ endpoint, ...credentials, bucket, prefix: `${++count}` }),
    async clear(place) {
      await rclone(place, "delete", `bench:${bucket}/${place.prefix}`);
      await new Promise((resolve) => setTimeout(resolve, 5000));
    },
    stop() {
      client.destroy();
      stop();
    },
  };
}
