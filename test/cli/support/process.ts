import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { build } from "esbuild";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { InterruptSignal } from "../../../src/cli/context.js";
import { type Ended, Output, type Running } from "./adp.js";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "adp-package-"));

/** The path of the built command. */
export const mainFile = join(folder, "dist/src/cli/main.js");

/**
 * Builds the command for the tests of a file, into a folder like that of the published package. It is a single file,
 * because that starts in half the time.
 */
export function useBuiltCommand(): void {
  beforeAll(async () => {
    symlinkSync(join(root, "package.json"), join(folder, "package.json"));
    await build({
      entryPoints: [join(root, "src/cli/main.ts")],
      outfile: mainFile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      banner: {
        js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
      },
      logLevel: "error",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/** The command in a process of its own. */
export interface RunningProcess extends Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
}

/** Starts the built command with an empty environment. It is killed when the test ends. */
export function spawnAdp(args: readonly string[], env: Record<string, string> = {}): RunningProcess {
  const child = spawn(process.execPath, [mainFile, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = new Output();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => output.add(name, text));
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output.text }));
  });
  const kill = (signal: InterruptSignal) => void child.kill(signal);
  return { child, ended, saw: (text) => output.saw(text, ended), kill };
}
