import { fork } from "node:child_process";
import { join } from "node:path";
import { nextMessage } from "./next-message.js";

/** What the bench's server serves. */
export interface Workload {
  /** Bytes of each asset. */
  readonly sizes: readonly number[];
  /** Milliseconds before each answer. */
  readonly latency?: number;
  /** Bytes. A file up to this size is one chunk. Default: that of Apple's packages. */
  readonly chunkSize?: number;
  /** Whether the CDN is served over https, as Apple's is. Default: false */
  readonly tls?: boolean;
  /** How fast the CDN's network is. Default: as fast as this machine's loopback */
  readonly megabitsPerSecond?: number;
}

/** A server of a workload. */
export interface WorkloadServer {
  readonly origin: string;
  /** The origin of the CDN. Its certificate is not one that programs trust. */
  readonly cdn: string;
  /** PEM of the root that its package's signature ends at. */
  readonly trust: string;
  stop(): void;
}

/** Starts the server for a workload in a process of its own. */
export async function serveWorkload(workload: Workload): Promise<WorkloadServer> {
  const program = join(import.meta.dirname, "ingest-server.ts");
  const child = fork(program, [JSON.stringify(workload)], { execArgv: ["--import", "tsx"] });
  const server = await nextMessage<Omit<WorkloadServer, "stop">>(child);
  return { ...server, stop: () => void child.kill() };
}
