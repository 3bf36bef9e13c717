/**
 * Ingests from the origin given, once per folder that the parent sends, and answers with the process's peak memory in
 * bytes so far (Linux only; elsewhere NaN).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { createClient } from "../../src/index.js";
import { ingestPackage, type PackageStore } from "../../src/ingest/index.js";
import type { BenchBucket, IngestOrder } from "./ingest-process.js";

const [baseUrl = "", trust = ""] = process.argv.slice(2);
const client = createClient({ token: "token", baseUrl });

function peakMemory(): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

let loading: Promise<S3Client> | undefined;

/** One client for all ingests, as in a worker. */
async function loadClient({ endpoint, accessKeyId, secretAccessKey }: BenchBucket): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
}

async function openStore(place: BenchBucket): Promise<PackageStore> {
  const { s3Store } = await import("../../src/s3/index.js");
  loading ??= loadClient(place);
  return s3Store({ client: await loading, bucket: place.bucket, prefix: place.prefix });
}

process.on("message", async ({ folder, bucket, concurrency }: IngestOrder) => {
  const place = bucket ? { store: await openStore(bucket) } : { directory: join(folder, "package") };
  await ingestPackage(client, { versionId: "version", ...place, concurrency, trust });
  process.send?.(peakMemory());
});
