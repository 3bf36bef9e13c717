import type { Account } from "../../comparators/programs/account.js";

/** The message that starts a measurement. */
export interface LoadOrder {
  readonly concurrency: number;
  readonly milliseconds: number;
}

/** The answer to it. */
export interface LoadReport {
  readonly requestsPerSecond: number;
  /** Microseconds of CPU time, user and system, of this process for one request. */
  readonly cpu: number;
}

const [program = "", account = "", id = ""] = process.argv.slice(2);
const { connect } = (await import(program)) as {
  connect(account: Account): Promise<(id: string) => Promise<string>>;
};
const read = await connect(JSON.parse(account) as Account);
if ((await read(id)) !== id) throw new Error(`${program} did not read the package`);

process.on("message", async ({ concurrency, milliseconds }: LoadOrder) => {
  let requests = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + milliseconds;
  const caller = async () => {
    while (performance.now() < end) {
      await read(id);
      requests++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const report: LoadReport = { requestsPerSecond: requests / seconds, cpu: (user + system) / requests };
  process.send?.(report);
});
process.send?.("ready");
