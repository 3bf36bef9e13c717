import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { newKey } from "../../support/keys.js";
import { thorough } from "../../support/thorough.js";
import { openDatabase } from "./database.js";
import { listen } from "./listen.js";
import { newCluster } from "./pglite-test-support.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));

test.skipIf(!thorough)(
  "npm run marketplace -- --once shows one package going through, and ends",
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [tsx, "scripts/marketplace.ts", "--once"],
      {
        cwd: project,
      },
    );
    expect(stdout.trim().split("\n")).toEqual([
      expect.stringMatching(/^The marketplace's page: http:\/\/127\.0\.0\.1:\d+\/$/),
      expect.stringMatching(/^Apple notifies the marketplace of package [\w-]+\.$/),
      expect.stringMatching(/^A device gets its manifest: http:.*manifest\.json$/),
    ]);
  },
);

/** Starts it, reads its page, and ends it with SIGTERM. Returns the page. */
async function visit(variables: Record<string, string>): Promise<string> {
  const env = { ...process.env, PORT: "0", CI: "", DATABASE_URL: undefined, ...variables };
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/marketplace.ts"], { cwd: project, env });
  const exited = once(child, "exit");
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const [url = ""] = /http:\S+/.exec(line) ?? [];
  const page = await (await fetch(url)).text();
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  return page;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "marketplace-program-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** The variables for a start with an API key, an embedded database and a folder. */
const withKey = (folder: string) => ({
  APP_STORE_CONNECT_API_KEY_KEY_ID: "KEY",
  APP_STORE_CONNECT_API_KEY_ISSUER_ID: "issuer",
  APP_STORE_CONNECT_API_KEY_KEY: newKey().privateKey,
  NOTIFICATION_SECRET: "secret",
  MARKETPLACE_FOLDER: folder,
});

test.skipIf(!thorough)("npm run marketplace shows its page until SIGTERM ends it", async () => {
  expect(await visit({})).toContain("packages served");
});

/** Starts it with variables that it must refuse, and returns what it says. */
async function refusal(variables: Record<string, string | undefined>): Promise<string> {
  const env = { ...process.env, PORT: "0", CI: "", DATABASE_URL: undefined, ...variables };
  const program = promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/marketplace.ts"], {
    cwd: project,
    env,
  });
  return program.then(
    () => "it started",
    ({ stderr }) => stderr,
  );
}

test("a second start on the same port ends before it touches the database", async () => {
  const folder = await newFolder();
  const first = await listen(async () => new Response(), 0);
  onTestFinished(async () => void (await first.close()));
  const variables = { ...withKey(join(folder, "data")), PORT: new URL(first.url).port };
  expect(await refusal(variables)).toContain("EADDRINUSE");
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(process.platform !== "linux" || !thorough)(
  "two processes cannot open the embedded database of one folder, whatever their ports",
  async () => {
    const folder = await newFolder();
    await newCluster(join(folder, "database"));
    const first = await openDatabase(join(folder, "database"));
    expect(await refusal({ ...withKey(folder) })).toContain(
      `Error: Another process uses ${folder}/database. With DATABASE_URL, there can be several.`,
    );
    await first.close();
    await (await openDatabase(join(folder, "database"))).close();
  },
);

test.skipIf(!thorough)("says which variable is wrong, or missing", async () => {
  const folder = await newFolder();
  const key = withKey(join(folder, "data"));
  const noKey = { ...key, APP_STORE_CONNECT_API_KEY_KEY: "" };
  const says = await Promise.all([
    refusal({ ...key, WORKERS: "four" }),
    refusal({ ...key, DATABASE_URL: "postgres://127.0.0.1:1/marketplace" }),
    refusal({ ...noKey, APP_STORE_CONNECT_API_KEY_KEY_ID: "", APP_STORE_CONNECT_API_KEY_ISSUER_ID: "" }),
    refusal({ DATABASE_URL: "postgres://127.0.0.1:1/marketplace" }),
  ]);
  expect(says.map((text) => /^\w*Error: (.*)$/m.exec(text)?.[1])).toEqual([
    "WORKERS: expected a number, got four",
    "DATABASE_URL: connect ECONNREFUSED 127.0.0.1:1",
    expect.stringContaining("set APP_STORE_CONNECT_API_KEY_KEY"),
    "Set NOTIFICATION_SECRET: see main.ts",
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test.skipIf(!thorough)("with an API key it keeps its database in the folder", async () => {
  const folder = await newFolder();
  const variables = withKey(join(folder, "data"));
  await newCluster(join(folder, "data", "database"));
  // The second start finds the database of the first.
  for (let start = 0; start < 2; start++) expect(await visit(variables)).toContain("0 of 0 packages served");
  expect(await readdir(join(folder, "data"))).toContain("database");
});
