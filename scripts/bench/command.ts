import { spawnSync } from "node:child_process";

/** How long a command took, with its child processes. */
export interface CommandTime {
  /** Elapsed seconds. */
  readonly wall: number;
  /** Seconds of CPU time, user and system. */
  readonly cpu: number;
  /** Exit status, or `undefined` when the timeout ended it. */
  readonly status: number | undefined;
  readonly output: string;
}

/** Runs a command under bash's `time`, because Node cannot count the CPU time of a child's own children. */
export function timeCommand(
  command: readonly string[],
  { cwd, timeout }: { cwd: string; timeout?: number },
): CommandTime {
  const script = 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&1; } 2>&3';
  const { stdout, output, signal, status } = spawnSync("bash", ["-c", script, "bash", ...command], {
    cwd,
    timeout,
    killSignal: "SIGTERM",
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    maxBuffer: 2 ** 26,
  });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = (output?.[3] ?? "")
    .split(" ")
    .map(Number);
  return { wall, cpu: user + system, status: signal ? undefined : (status ?? undefined), output: stdout };
}
