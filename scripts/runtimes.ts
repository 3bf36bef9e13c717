/**
 * Runs the packed package on other runtimes and compilers, and prints a table. The runtimes are npm packages for Linux
 * on x64; the first run installs them below scripts/runtimes.
 *
 * npm run runtimes             all of them
 * npm run runtimes -- current  only the Node that runs this script
 */
import { execFile } from "node:child_process";
import { cp, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "./support/temporary-folder.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const own = join(root, "scripts/runtimes");
const bin = (path: string) => join(own, "node_modules", path);

/** A runtime or compiler, and the checks that it runs with the package. */
interface Subject {
  readonly name: string;
  readonly version: () => Promise<string>;
  readonly checks: Readonly<Record<string, (folder: string) => Promise<unknown>>>;
}

async function firstLine(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(command, args);
  return stdout.split("\n")[0]?.trim() ?? "";
}

function node(name: string, command: string): Subject {
  const on =
    (file: string, ...args: string[]) =>
    (cwd: string) =>
      run(command, [file, ...args], { cwd });
  return {
    name,
    version: () => firstLine(command, "--version"),
    checks: { core: on("main.js", "core"), ingest: on("main.js", "ingest"), "require()": on("require.cjs") },
  };
}

function other(name: string, command: string, before: readonly string[]): Subject {
  const on =
    (...args: string[]) =>
    (cwd: string) =>
      run(command, [...before, "main.js", ...args], { cwd });
  return {
    name,
    version: () => firstLine(command, "--version"),
    checks: { core: on("core"), ingest: on("ingest") },
  };
}

/** Cloudflare's runtime. It gets the core as a bundle and has neither a file system nor Node's modules. */
const workerd: Subject = {
  name: "workerd",
  version: async () => createRequire(join(own, "package.json"))("workerd/package.json").version,
  checks: {
    core: async (folder) => {
      const { build } = await import("esbuild");
      const { outputFiles } = await build({
        stdin: {
          contents: `import { core } from "./core.js";
            export default { fetch: () => core().then(() => new Response("done"), (e) => new Response(e.stack, { status: 500 })) };`,
          resolveDir: folder,
        },
        bundle: true,
        format: "esm",
        platform: "neutral",
        mainFields: ["module", "main"],
        conditions: ["workerd", "import"],
        write: false,
      });
      const { Miniflare } = await import(createRequire(join(own, "package.json")).resolve("miniflare"));
      const script = outputFiles[0]?.text ?? "";
      const worker = new Miniflare({ modules: true, script, compatibilityDate: "2026-01-01" });
      try {
        const response = await worker.dispatchFetch("http://localhost/");
        if (!response.ok) throw new Error(await response.text());
      } finally {
        await worker.dispose();
      }
    },
  },
};

function typescript(name: string): Subject {
  const tsc = bin(`${name}/bin/tsc`);
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--skipLibCheck",
    "false",
  ];
  const lib = ["--lib", "es2023,dom,dom.iterable,dom.asynciterable", "--types", "node"];
  return {
    name: `TypeScript ${name.replace("typescript", "")}`,
    version: () => firstLine(process.execPath, tsc, "--version"),
    checks: {
      types: (cwd) => run(process.execPath, [tsc, ...options, ...lib, "types.ts"], { cwd }),
    },
  };
}

const current = node("Node, this one", process.execPath);
const all: Subject[] = [
  current,
  node("Node 22", bin("node22/bin/node")),
  node("Node 24", bin("node24/bin/node")),
  node("Node 26", bin("node26/bin/node")),
  other("Bun", bin("@oven/bun-linux-x64/bin/bun"), []),
  other("Deno", bin("@deno/linux-x64-glibc/deno"), ["run", "--allow-all"]),
  workerd,
  ...["typescript5.4", "typescript5.9", "typescript6", "typescript7"].map(typescript),
];

/** Makes a folder with the package, installed from its tarball, and the programs to run. */
async function install(): Promise<string> {
  const folder = temporaryFolder("runtimes-");
  await run("npm", ["pack", "--pack-destination", folder], { cwd: root });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", `./${tarball}`, "@types/node@20"], { cwd: folder });
  for (const file of ["core.js", "ingest.js", "main.js", "require.cjs", "types.ts"]) {
    await cp(join(own, file), join(folder, file));
  }
  return folder;
}

function outputOf(error: unknown): string {
  const output = error as { stderr?: string; stdout?: string };
  return output.stderr || output.stdout || String(error);
}

async function main(subjects: readonly Subject[]) {
  const folder = await install();
  const problems: string[] = [];
  const rows: Record<string, string>[] = [];
  for (const { name, version, checks } of subjects) {
    const row: Record<string, string> = { name, version: await version() };
    for (const [what, check] of Object.entries(checks)) {
      try {
        await check(folder);
        row[what] = "yes";
      } catch (error) {
        row[what] = "NO";
        problems.push(`${name}, ${what}:\n${outputOf(error)}`);
      }
    }
    rows.push(row);
  }
  const columns = ["name", "version", "core", "ingest", "require()", "types"];
  console.log(`| ${columns.join(" | ")} |\n|${"---|".repeat(columns.length)}`);
  for (const row of rows) console.log(`| ${columns.map((column) => row[column] ?? "").join(" | ")} |`);
  for (const problem of problems) console.error(`\n${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

if (process.argv[2] === "current") {
  await main([current]);
} else {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.error(
      "The other runtimes exist as packages for Linux on x64 only. On other systems: npm run runtimes -- current",
    );
    process.exit(1);
  }
  console.error("Installing the runtimes below scripts/runtimes …");
  await run("npm", ["ci"], { cwd: own });
  await main(all);
}
