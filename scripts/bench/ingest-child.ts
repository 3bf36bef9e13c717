/**
 * Ingests from the origin given, once per folder that the parent sends, and answers with the process's peak memory in
 * bytes so far (Linux only; elsewhere NaN).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/index.js";
import { ingestPackage } from "../../src/ingest/index.js";
import type { IngestOrder } from "./ingest-process.js";

const [baseUrl = "", trust = ""] = process.argv.slice(2);
const client = createClient({ token: "token", baseUrl });

function peakMemory(): number {
  if (process.platform !== "linux") return Number.NaN;
  const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

process.on("message", async ({ folder, concurrency }: IngestOrder) => {
  const directory = join(folder, "package");
  await ingestPackage(client, { versionId: "version", directory, concurrency, trust });
  process.send?.(peakMemory());
});
