import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { afterAll, beforeAll, onTestFinished, vi } from "vitest";
import { installPackage } from "./install.js";

/** How a run of the command ended, and all it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command that is under way. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  /** Resolves once stdout or stderr holds the text; rejects if the command ends without it. */
  saw(text: string): Promise<void>;
}

type Environment = Record<string, string>;

let installed: Awaited<ReturnType<typeof installPackage>>;

/** Installs the command for the tests of a file. */
export function useAdp(): void {
  // A run takes a fraction of a second, on a busy machine a few.
  vi.setConfig({ testTimeout: 60_000 });
  beforeAll(async () => {
    installed = await installPackage();
  });
  afterAll(() => installed.remove());
}

/** The path of the installed command's file. */
export const mainFile = (): string => installed.main;

/** Starts the command with a bare environment; it is killed with the test. */
export function start(args: readonly string[], env: Environment = {}): Running {
  const child = spawn(process.execPath, [installed.main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
  return {
    child,
    ended,
    saw(text) {
      return new Promise((resolve, reject) => {
        const watch = () => {
          if ((output.stdout + output.stderr).includes(text)) resolve();
        };
        watchers.add(watch);
        watch();
        ended.then(() => reject(new Error(`ended without "${text}": ${JSON.stringify(output)}`)), reject);
      });
    },
  };
}

/** Runs the command to its end. */
export function adp(args: readonly string[], env?: Environment): Promise<Ended> {
  return start(args, env).ended;
}
