import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What the bench's server serves. */
export interface Workload {
  /** How many assets. */
  assets: number;
  /** Bytes of each. */
  bytes: number;
  /** Bytes that each digest in the manifest covers. */
  chunkSize: number;
  /** Milliseconds before each answer. */
  latency: number;
}

/** Starts the server for a workload in a process of its own. */
export async function serveWorkload(workload: Workload): Promise<{ origin: string; stop: () => void }> {
  const child: ChildProcess = fork(
    join(import.meta.dirname, "ingest-server.ts"),
    [JSON.stringify(workload)],
    {
      execArgv: ["--import", "tsx"],
    },
  );
  const [origin] = await once(child, "message");
  return { origin, stop: () => void child.kill() };
}
