import { BUNDLE_BUDGET } from "../check-size.js";
import { benchCodegen } from "./codegen.js";
import { contenders, fetchWithTimeout, ours, plainFetch } from "./contenders.js";
import type { IngestFigure } from "./figures.js";
import { measureFootprints } from "./footprint.js";
import { benchIngest } from "./ingest.js";
import { benchMarketplace, databaseName } from "./marketplace.js";
import { benchNotifications } from "./notifications.js";
import { benchS3 } from "./s3.js";
import { benchSandbox } from "./sandbox.js";
import { bundleSize, installedSize } from "./size.js";
import { ratio, spread } from "./statistics.js";
import type { Cell, Column, Row, Table } from "./table.js";
import { type Load, measureThroughput } from "./throughput.js";
import { measureTypeChecks } from "./types.js";
import type { Workplace } from "./workplace.js";

/** The parts of the bench, by their name on the command line. */
export const parts: Readonly<Record<string, (workplace: Workplace) => Promise<Table>>> = {
  core,
  types,
  size,
  transport,
  sandbox,
  notifications,
  ingest,
  s3,
  codegen,
  marketplace,
};

const EMPTY_LOAD: Load = { requestsPerSecond: [], cpu: [] };

/** Requests per second compared with plain fetch, and the cost of the import. */
async function core(workplace: Workplace): Promise<Table> {
  const columns: Column[] = [];
  const cells = contenders.map((): Record<string, Cell> => ({}));
  for (const concurrency of [1, 16]) {
    const at = `, ${concurrency} at once`;
    columns.push(
      { id: `requests${concurrency}`, title: `req/s${at}`, digits: 0 },
      { id: `plain${concurrency}`, title: "÷ fetch", digits: 2 },
      { id: `timeout${concurrency}`, title: "÷ with time-out", digits: 2, atLeast: 0.9 },
      { id: `cpu${concurrency}`, title: "µs CPU", digits: 0 },
    );
    const loads = await measureThroughput(workplace, contenders, concurrency);
    const [plain = EMPTY_LOAD, timeout = EMPTY_LOAD] = [plainFetch, fetchWithTimeout].map(
      (base) => loads[contenders.indexOf(base)],
    );
    for (const [index, { requestsPerSecond, cpu }] of loads.entries()) {
      Object.assign(cells[index] ?? {}, {
        [`requests${concurrency}`]: spread(requestsPerSecond).median,
        [`plain${concurrency}`]: ratio(requestsPerSecond, plain.requestsPerSecond),
        [`timeout${concurrency}`]: ratio(requestsPerSecond, timeout.requestsPerSecond),
        [`cpu${concurrency}`]: spread(cpu).median,
      });
    }
  }
  columns.push(
    { id: "import", title: "import, ms", digits: 0, atMost: 25 },
    { id: "memory", title: "memory, MB", digits: 0, atMost: 9 },
  );
  for (const [index, { importTime, memory }] of measureFootprints(workplace, contenders).entries()) {
    Object.assign(cells[index] ?? {}, { import: importTime, memory });
  }
  return {
    title: "Reading one package from a local server",
    columns,
    rows: contenders.map(({ label }, index) => ({ label, cells: cells[index] ?? {} })),
    judged: [ours.label],
  };
}

/** How long tsc takes for the same ten lines. */
async function types(workplace: Workplace): Promise<Table> {
  const typed = contenders.filter((contender) => contender !== fetchWithTimeout);
  const skipping = measureTypeChecks(workplace, typed, { skipLibCheck: true, rounds: 9 });
  const checking = measureTypeChecks(workplace, typed, { skipLibCheck: false, rounds: 5 });
  return {
    title: "Type check of the same program with tsc, CPU time",
    columns: [
      { id: "skipping", title: "skipLibCheck on, s", digits: 1 },
      { id: "skippingRatio", title: "÷ plain", digits: 2, atMost: 1.15 },
      { id: "checking", title: "skipLibCheck off, s", digits: 1 },
      { id: "checkingRatio", title: "÷ plain", digits: 2, atMost: 1.35 },
    ],
    rows: typed.map(({ label }, index) => ({
      label,
      cells: {
        skipping: skipping[index]?.seconds ?? "–",
        skippingRatio: skipping[index]?.ratio ?? "–",
        checking: checking[index]?.seconds ?? "–",
        checkingRatio: checking[index]?.ratio ?? "–",
      },
    })),
    judged: [ours.label],
  };
}

/** The size of a bundle, and of what npm installs. */
async function size(workplace: Workplace): Promise<Table> {
  const rows: Row[] = [];
  for (const { label, program, packages } of contenders) {
    const { bytes, dependencies } = installedSize(workplace.folder, packages);
    const bundle = (await bundleSize(workplace.source(program))) / 1000;
    rows.push({ label, cells: { bundle, installed: bytes / 1e6, dependencies: dependencies.length } });
  }
  // The part of our bundle that belongs to the two dependencies.
  const contents = `
    export { default, createQuerySerializer } from "openapi-fetch";
    export { CompactSign } from "jose/jws/compact/sign";
  `;
  const floor = (await bundleSize({ contents, resolveDir: workplace.folder })) / 1000;
  rows.push({ label: "our imports of these two", cells: { bundle: floor } });
  return {
    title: "Size of a program that reads one package",
    columns: [
      { id: "bundle", title: "bundle, kB min+gzip", digits: 1, atMost: BUNDLE_BUDGET / 1000 },
      { id: "installed", title: "installed, MB", digits: 2 },
      { id: "dependencies", title: "dependencies", digits: 0 },
    ],
    rows,
    judged: [ours.label],
  };
}

/** The cost of tokens, retries and the rate limit, compared with the typed layer on plain fetch. */
async function transport(workplace: Workplace): Promise<Table> {
  const base = { program: "api-layer", label: "typed layer straight on fetch with a time-out", packages: [] };
  const rows: Row[] = [
    { label: base.label, cells: {} },
    { label: ours.label, cells: {} },
  ];
  const columns: Column[] = [];
  for (const concurrency of [1, 16]) {
    columns.push(
      { id: `requests${concurrency}`, title: `req/s, ${concurrency} at once`, digits: 0 },
      { id: `ratio${concurrency}`, title: "÷ without", digits: 2, atLeast: 0.9 },
      { id: `cpu${concurrency}`, title: "µs CPU", digits: 0 },
    );
    const [without = EMPTY_LOAD, ...rest] = await measureThroughput(workplace, [base, ours], concurrency);
    for (const [index, load] of [without, ...rest].entries()) {
      Object.assign(rows[index]?.cells ?? {}, {
        [`requests${concurrency}`]: spread(load.requestsPerSecond).median,
        [`ratio${concurrency}`]: ratio(load.requestsPerSecond, without.requestsPerSecond),
        [`cpu${concurrency}`]: spread(load.cpu).median,
      });
    }
  }
  return { title: "What the transport costs", columns, rows, judged: [ours.label] };
}

async function sandbox(): Promise<Table> {
  const figures = await benchSandbox();
  return {
    title: "The sandbox as a server, next to a bare node:http server",
    columns: [
      { id: "bare", title: "bare", digits: 0 },
      { id: "sandbox", title: "sandbox", digits: 0 },
      { id: "ratio", title: "sandbox ÷ bare", digits: 2 },
    ],
    rows: figures.map(({ figure, unit, bare, sandbox, ratio }) => ({
      label: `${figure}, ${unit}`,
      cells: { bare, sandbox, ratio },
    })),
    judged: [],
  };
}

async function notifications(): Promise<Table> {
  const figures = await benchNotifications();
  return {
    title: "Verifying a notification, next to its bare HMAC",
    columns: [
      { id: "hmac", title: "HMAC, µs", digits: 1 },
      { id: "verify", title: "verifyNotification, µs", digits: 1 },
      { id: "ratio", title: "verify ÷ HMAC", digits: 2 },
    ],
    rows: figures.map(({ notification, bodyBytes, hmac, verify, ratio }) => ({
      label: `${notification}, ${bodyBytes} bytes`,
      cells: { hmac, verify, ratio },
    })),
    judged: [],
  };
}

function ingestTable(title: string, figures: readonly IngestFigure[]): Table {
  return {
    title,
    columns: [
      { id: "times", title: "times as fast", digits: 2 },
      { id: "MB", title: "MB", digits: 0 },
      { id: "ms", title: "ms", digits: 1 },
    ],
    rows: figures.map(({ name, unit, value }) => ({
      label: name,
      cells: { [unit]: value },
    })),
    judged: [],
  };
}

async function ingest(): Promise<Table> {
  return ingestTable(
    "Ingest, over plain http where nothing else is said, next to other ways to fetch and hash the same files",
    await benchIngest(),
  );
}

async function s3(): Promise<Table> {
  return ingestTable("Ingest into a bucket, next to curl, sha256sum and rclone", await benchS3());
}

async function codegen(): Promise<Table> {
  const figures = await benchCodegen();
  return {
    title: "Codegen, CPU time",
    columns: [
      { id: "s CPU", title: "s", digits: 2 },
      { id: "ms CPU", title: "ms", digits: 1 },
    ],
    rows: figures.map(({ figure, unit, value }) => ({ label: figure, cells: { [unit]: value } })),
    judged: [],
  };
}

async function marketplace(): Promise<Table> {
  const figures = await benchMarketplace();
  return {
    title: `The reference marketplace on ${databaseName}, with tiny packages; workers share a process`,
    columns: [
      { id: "seconds", title: "s", digits: 0 },
      { id: "perMinute", title: "packages a minute", digits: 0 },
      { id: "notification", title: "ms a notification", digits: 1 },
      { id: "limits", title: "shared limits, ms a call", digits: 1 },
      { id: "memory", title: "memory, MB", digits: 0 },
    ],
    rows: figures.map(({ packages, workers, seconds, notification, limits, memory }) => ({
      label: `${packages} packages, ${workers} ${workers === 1 ? "worker" : "workers"}`,
      cells: { seconds, perMinute: packages / (seconds / 60), notification, limits, memory: memory / 1e6 },
    })),
    judged: [],
  };
}
