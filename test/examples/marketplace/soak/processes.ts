/** The worker processes of a soak test: started, killed and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorkerSettings } from "./worker.js";

const program = fileURLToPath(new URL("worker.ts", import.meta.url));

export class Processes {
  readonly #settings: WorkerSettings;
  readonly #running: ChildProcess[] = [];

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  async start(): Promise<void> {
    const child = fork(program, [JSON.stringify(this.#settings)], {
      execArgv: ["--import", import.meta.resolve("tsx")],
    });
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
  }
}
