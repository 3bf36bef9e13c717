import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { WorkloadServer } from "./ingest-workload.js";
import { nextMessage } from "./next-message.js";

/** A place in a bucket, and the way to it. */
export interface BenchBucket {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** What the process is to ingest next. */
export interface IngestOrder {
  /** Where the package's folder goes, unless there is a bucket. */
  folder: string;
  bucket?: BenchBucket | undefined;
  concurrency?: number | undefined;
}

/** A process of plain Node that ingests and does nothing else. */
export interface IngestProcess {
  /** Ingests once. Resolves to the process's peak memory so far, in bytes. */
  ingest(order: IngestOrder): Promise<number>;
  stop(): void;
}

/**
 * Starts the process. Bundled, because under a loader for TypeScript each garbage collection, of which downloads cause
 * many, goes through the loader's memory too: half as much CPU again as a user's program takes.
 */
export async function startIngest({
  origin,
  trust,
}: Pick<WorkloadServer, "origin" | "trust">): Promise<IngestProcess> {
  const home = mkdtempSync(join(tmpdir(), "ingest-process-"));
  const program = join(home, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "ingest-child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: program,
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const child = fork(program, [origin, trust], {
    execArgv: [],
    // No program trusts the certificate of the bench's CDN. Node would warn of this.
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" },
  });
  return {
    async ingest(order) {
      const peak = nextMessage<number>(child);
      child.send(order);
      return await peak;
    },
    stop() {
      child.kill();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
