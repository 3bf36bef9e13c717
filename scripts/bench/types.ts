import { join } from "node:path";
import { timeCommand } from "./command.js";
import type { Contender } from "./contenders.js";
import { ratio, spread } from "./statistics.js";
import type { Cell } from "./table.js";
import { projectFolder, type Workplace } from "./workplace.js";

/** Seconds after which a type check is stopped. */
const LIMIT_SECONDS = 180;

/** How long tsc takes for a contender's program, in seconds and compared with the first contender's. */
export interface TypeCheck {
  readonly seconds: Cell;
  readonly ratio: Cell;
}

/**
 * Type-checks the programs of all contenders in turns; the first contender is the base of the ratios. Seconds are CPU
 * time, because elapsed time would include what else the machine does. A program that fails once is not tried again.
 */
export function measureTypeChecks(
  workplace: Workplace,
  contenders: readonly Contender[],
  { skipLibCheck, rounds }: { skipLibCheck: boolean; rounds: number },
): TypeCheck[] {
  const times = contenders.map((): number[] => []);
  const failures = contenders.map(({ untyped }): string | undefined => (untyped ? "no types" : undefined));
  for (let round = 0; round < rounds; round++) {
    for (const [at, { program }] of contenders.entries()) {
      if (failures[at] !== undefined) continue;
      const { cpu, status, output } = typeCheck(workplace, program, skipLibCheck);
      if (status === 0) times[at]?.push(cpu);
      else failures[at] = reason(program, status, output);
    }
  }
  return times.map((seconds, at) => {
    const failure = failures[at];
    if (failure !== undefined) return { seconds: failure, ratio: failure };
    return { seconds: spread(seconds), ratio: ratio(seconds, times[0] ?? []) };
  });
}

function typeCheck(workplace: Workplace, program: string, skipLibCheck: boolean) {
  const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  const tsc = join(projectFolder, "node_modules/typescript/bin/tsc");
  const command = [process.execPath, tsc, ...options, "--skipLibCheck", String(skipLibCheck)];
  return timeCommand([...command, workplace.source(program)], {
    cwd: workplace.folder,
    timeout: LIMIT_SECONDS * 1000,
  });
}

function reason(program: string, status: number | undefined, output: string): string {
  if (status === undefined) return `over ${LIMIT_SECONDS} s`;
  if (/heap out of memory/.test(output)) return "out of memory";
  throw new Error(`${program} does not type-check:\n${output}`);
}
