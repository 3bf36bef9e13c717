import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { Account } from "../comparators/programs/account.js";
import type { Contender } from "./contenders.js";
import type { LoadOrder, LoadReport } from "./process/load.js";
import type { Workplace } from "./workplace.js";

const packageId = "6f1a7f0e-4b1c-4b8e-9a55-1f2c3d4e5f60";
/** Fresh processes each time: how V8 happens to lay out and optimise a process is part of the spread. */
const generations = 3;
const roundsPerGeneration = 10;
const milliseconds = 400;
const warmUp = 1_500;

/** Figures of one contender, round by round. */
export interface Load {
  readonly requestsPerSecond: number[];
  readonly cpu: number[];
}

/**
 * Requests per second of each program against the same local server, `concurrency` at once. Each program runs in a
 * process of its own, and all take turns within each round, in changing order.
 */
export async function measureThroughput(
  workplace: Workplace,
  contenders: readonly Contender[],
  concurrency: number,
): Promise<Load[]> {
  const loads = contenders.map((): Load => ({ requestsPerSecond: [], cpu: [] }));
  const server = start(workplace.compiled("server"), [packageId]);
  try {
    const [baseUrl] = (await once(server, "message")) as [string];
    const account = JSON.stringify(makeAccount(baseUrl));
    for (let generation = 0; generation < generations; generation++) {
      const processes = contenders.map(({ program }) =>
        start(workplace.compiled("load"), [workplace.compiled(program), account, packageId]),
      );
      try {
        await Promise.all(processes.map((process) => once(process, "message")));
        for (const process of processes) await order(process, { concurrency, milliseconds: warmUp });
        for (let round = 0; round < roundsPerGeneration; round++) {
          for (const turn of contenders.keys()) {
            const at = (turn + round) % contenders.length;
            const [process, load] = [processes[at], loads[at]];
            if (!process || !load) continue;
            const report = await order(process, { concurrency, milliseconds });
            load.requestsPerSecond.push(report.requestsPerSecond);
            load.cpu.push(report.cpu);
          }
        }
      } finally {
        for (const process of processes) process.kill();
      }
    }
  } finally {
    server.kill();
  }
  return loads;
}

function start(file: string, args: string[]): ChildProcess {
  return fork(file, args, { execArgv: [] });
}

async function order(process: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  process.send(order);
  const [report] = (await once(process, "message")) as [LoadReport];
  return report;
}

function makeAccount(baseUrl: string): Account {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    baseUrl,
    keyId: "2X9R4HXF34",
    issuerId: "57246542-96fe-1a63-e053-0824d011072a",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token: "e".repeat(300),
  };
}
