/** Ingests from the origin into the folder given, and prints the process's peak memory in bytes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/index.js";
import { ingestPackage } from "../../src/ingest/index.js";

const [baseUrl = "", folder = ""] = process.argv.slice(2);
const client = createClient({ token: "token", baseUrl });
await ingestPackage(client, { versionId: "version", directory: join(folder, "package") });
const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
console.log(Number(kilobytes) * 1024);
