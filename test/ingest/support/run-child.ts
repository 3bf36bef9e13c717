import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { ChildTask } from "./child.js";

/** What a child reported before it ended. */
interface ChildReport {
  /** Bytes from the CDN. */
  received: number;
  killed?: true;
  done?: true;
  /** Requests that changed something in the bucket. */
  changes?: number;
  error?: string;
}

/**
 * Bundles the child once, because starting it from source takes longer each time. The S3 client is in a file of its own,
 * which a child without a bucket does not load.
 */
export async function buildChild(): Promise<{ path: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "ingest-child-"));
  const path = join(folder, "child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    splitting: true,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs the child until it ends or kills itself. */
export function runChild(path: string, task: ChildTask): Promise<ChildReport> {
  return runInShell([], path, task);
}

/** {@link runChild} by a command that gets the child's command line as its last arguments. */
export function runInShell(command: readonly string[], path: string, task: ChildTask): Promise<ChildReport> {
  // Its short life is not worth the time to optimise the WebAssembly of Node's fetch.
  const node = [process.execPath, "--liftoff-only"];
  const [program = "", ...args] = [...command, ...node, path, JSON.stringify(task)];
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const report: ChildReport = output ? JSON.parse(output) : { received: 0 };
      if (report.killed && signal !== "SIGKILL") reject(new Error(`the child survived its kill (${code})`));
      resolve(report);
    });
  });
}
