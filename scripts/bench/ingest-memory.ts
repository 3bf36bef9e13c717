import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { serveWorkload, type Workload } from "./ingest-workload.js";

/** Peak memory, in bytes, of a process that ingests a workload and does nothing else. Linux only. */
export async function peakMemory(workload: Workload, base: string): Promise<number> {
  const folder = mkdtempSync(join(base, "ingest-memory-"));
  const server = await serveWorkload(workload);
  try {
    const program = join(folder, "child.mjs");
    // Bundled, so that no loader for TypeScript counts.
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
    const { stdout } = await promisify(execFile)(process.execPath, [program, server.origin, folder]);
    return Number(stdout);
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
