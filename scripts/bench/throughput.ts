import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import type { Account } from "../comparators/programs/account.js";
import type { Contender } from "./contenders.js";
import { nextMessage } from "./next-message.js";
import type { LoadOrder, LoadReport } from "./process/load.js";
import type { Workplace } from "./workplace.js";

const PACKAGE_ID = "6f1a7f0e-4b1c-4b8e-9a55-1f2c3d4e5f60";
/** How often all processes are started, because V8 optimises each process differently. */
const GENERATIONS = 3;
const ROUNDS_PER_GENERATION = 10;
const ROUND_MS = 400;
const WARM_UP_MS = 1_500;

/** The results of one contender, one per round. */
export interface Load {
  readonly requestsPerSecond: number[];
  readonly cpu: number[];
}

/**
 * Measures the requests per second of each program against one local server, with `concurrency` requests at the same
 * time. Each program runs in its own process; in each round all take turns, in an order that changes.
 */
export async function measureThroughput(
  workplace: Workplace,
  contenders: readonly Contender[],
  concurrency: number,
): Promise<Load[]> {
  const loads = contenders.map((): Load => ({ requestsPerSecond: [], cpu: [] }));
  const server = start(workplace.compiled("server"), [PACKAGE_ID]);
  try {
    const account = JSON.stringify(makeAccount(await nextMessage<string>(server)));
    for (let generation = 0; generation < GENERATIONS; generation++) {
      const processes = contenders.map(({ program }) =>
        start(workplace.compiled("load"), [workplace.compiled(program), account, PACKAGE_ID]),
      );
      try {
        await Promise.all(processes.map(nextMessage));
        for (const process of processes) await order(process, { concurrency, milliseconds: WARM_UP_MS });
        for (let round = 0; round < ROUNDS_PER_GENERATION; round++) {
          for (const turn of contenders.keys()) {
            const at = (turn + round) % contenders.length;
            const [process, load] = [processes[at], loads[at]];
            if (!process || !load) continue;
            const report = await order(process, { concurrency, milliseconds: ROUND_MS });
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
  const report = nextMessage<LoadReport>(process);
  process.send(order);
  return await report;
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
