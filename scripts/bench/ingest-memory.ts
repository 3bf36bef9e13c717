import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startIngest } from "./ingest-process.js";
import { serveWorkload, type Workload } from "./ingest-workload.js";

/** Peak memory, in bytes, of a process that ingests a workload and does nothing else. Linux only. */
export async function peakMemory(workload: Workload, base: string): Promise<number> {
  const folder = mkdtempSync(join(base, "ingest-memory-"));
  const server = await serveWorkload(workload);
  const process = await startIngest(server);
  try {
    return await process.ingest({ folder });
  } finally {
    process.stop();
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
