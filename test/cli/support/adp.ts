import { Writable } from "node:stream";
import { onTestFinished } from "vitest";
import type { InterruptSignal } from "../../../src/cli/context.js";
import { run } from "../../../src/cli/run.js";

/** How a run of the command ended, and all it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command that may still be running. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** Resolves to stdout and stderr when they contain the text; rejects if the command ends without it. */
  saw(text: string): Promise<{ stdout: string; stderr: string }>;
  kill(signal: InterruptSignal): void;
}

/** Collects the output of a run, and lets tests wait for a text. */
export class Output {
  readonly text = { stdout: "", stderr: "" };
  readonly #watchers = new Set<() => void>();

  add(stream: "stdout" | "stderr", text: string): void {
    this.text[stream] += text;
    for (const watch of this.#watchers) watch();
  }

  saw(text: string, ended: Promise<unknown>): Promise<{ stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const watch = () => {
        if ((this.text.stdout + this.text.stderr).includes(text)) resolve({ ...this.text });
      };
      this.#watchers.add(watch);
      watch();
      const missing = () => reject(new Error(`ended without "${text}": ${JSON.stringify(this.text)}`));
      ended.then(missing, reject);
    });
  }
}

/**
 * Starts the command in this process, with its own streams, signals and environment. It is interrupted when the test
 * ends. The real command, in a process of its own, is tested in process.test.ts.
 */
export function start(args: readonly string[], env: Record<string, string> = {}): Running {
  const output = new Output();
  const listeners = new Map<string, () => void>();
  const stream = (name: "stdout" | "stderr") =>
    new Writable({
      write(chunk, _encoding, done) {
        output.add(name, String(chunk));
        done();
      },
    });
  const exit = (code: number) => {
    throw new Error(`the command called exit(${code})`);
  };
  const on = (signal: string, listener: () => void) => listeners.set(signal, listener);
  const host = { stdout: stream("stdout"), stderr: stream("stderr"), env, on, exit };
  let isRunning = true;
  const ended = run(args, host).then((code) => {
    isRunning = false;
    return { code, ...output.text };
  });
  const kill = (signal: InterruptSignal) => listeners.get(signal)?.();
  onTestFinished(async () => {
    if (isRunning) kill("SIGINT");
    await ended;
  });
  return { ended, saw: (text) => output.saw(text, ended), kill };
}

/** Runs the command in this process to its end. */
export function adp(args: readonly string[], env?: Record<string, string>): Promise<Ended> {
  return start(args, env).ended;
}
