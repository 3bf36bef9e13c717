/** The worker processes of a soak test: started, killed and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { WorkerSettings } from "./worker.js";

const folder = new URL("../", import.meta.url);
const source = fileURLToPath(new URL("worker.ts", import.meta.url));
// Where it finds the packages.
const program = fileURLToPath(new URL(`node_modules/.cache/soak-worker-${process.pid}.mjs`, folder));

export class Processes {
  readonly #settings: WorkerSettings;
  readonly #running: ChildProcess[] = [];

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /** As one file of JavaScript it starts three times as fast, and it is started often. */
  async compile(): Promise<void> {
    await build({
      entryPoints: [source],
      outfile: program,
      ...{ bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "error" },
      // migrate.ts looks for its folder from here.
      define: { "import.meta.url": JSON.stringify(folder.href) },
    });
  }

  async start(): Promise<void> {
    const child = fork(program, [JSON.stringify(this.#settings)], { execArgv: [] });
    this.#running.push(child);
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`exit ${code}`))),
    ]);
  }

  /** Kills the oldest one, as a machine that loses its power would. */
  async killOne(): Promise<void> {
    const child = this.#running.shift();
    if (!child) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  async stop(): Promise<void> {
    while (this.#running.length > 0) await this.killOne();
    await rm(program, { force: true });
  }
}
