import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { readCommitted, readCoverage } from "../codegen/coverage.js";
import { diff } from "../codegen/diff/diff.js";
import { isObject, type JsonObject, objectAt, sha256 } from "../codegen/document/json.js";
import { select } from "../codegen/select/select.js";
import { spread } from "./statistics.js";
import { projectFolder } from "./workplace.js";

const ROUNDS = 5;

export interface CodegenBench {
  readonly figure: string;
  readonly unit: "s CPU" | "ms CPU";
  /** The median of all rounds. */
  readonly value: number;
}

/**
 * Measures the CPU time, user and system, of the codegen commands with all their child processes, and of the steps
 * that follow parsing. The large file is Apple's where APPLE_SPEC names it. Otherwise it is a file of 4 MB, made of
 * the committed document and renamed copies of it.
 */
export async function benchCodegen(): Promise<CodegenBench[]> {
  const root = await workingCopy();
  try {
    // The command runs in another folder, where a relative path would lead elsewhere.
    const large = process.env.APPLE_SPEC ? resolve(process.env.APPLE_SPEC) : join(root, "large.json");
    const committed = await readCommitted(root);
    await writeFile(join(root, "large.json"), JSON.stringify(enlarged(committed, 4_000_000)));
    const name = process.env.APPLE_SPEC ? "Apple's complete file" : "a file of 4 MB";
    const update = ["update-spec", large, "--allow-missing", "--no-check"];
    const reset = () => cp(join(projectFolder, "openapi/apple.json"), join(root, "openapi/apple.json"));
    return [
      { figure: "generate", unit: "s CPU", value: await commandCost(root, ["generate", "--check"]) },
      { figure: `update-spec on ${name}`, unit: "s CPU", value: await commandCost(root, update, reset) },
      ...(await stages(root, committed)),
    ];
  } finally {
    await rm(root, { recursive: true });
  }
}

async function workingCopy(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "codegen-bench-"));
  const names = ["openapi", "generated", "scripts/codegen", "scripts/generate.ts", "scripts/update-spec.ts"];
  for (const name of [...names, "package.json"])
    await cp(join(projectFolder, name), join(root, name), { recursive: true });
  await symlink(join(projectFolder, "node_modules"), join(root, "node_modules"));
  return root;
}

/** The CPU seconds of a command and its child processes, as the shell adds them up. */
async function commandCost(root: string, command: string[], before = async () => {}): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await before();
    const [script, ...args] = command;
    const line = `"$0" --import tsx scripts/${script}.ts "$@" >/dev/null && times`;
    const { stdout } = await promisify(execFile)("sh", ["-c", line, process.execPath, ...args], {
      cwd: root,
    });
    const children = stdout.trim().split("\n").at(-1) ?? "";
    costs.push(
      [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
        0,
      ),
    );
  }
  return spread(costs).median;
}

/** After parsing, only the checksum should take longer for a larger file. */
async function stages(root: string, committed: JsonObject): Promise<CodegenBench[]> {
  const { operations } = await readCoverage(root);
  const before = select(committed, operations).document;
  return [1_000_000, 4_000_000, 16_000_000].flatMap((bytes) => {
    const document = enlarged(committed, bytes);
    const file = `a file of ${bytes / 1_000_000} MB`;
    const work = () => diff(before, select(document, operations).document);
    return [
      { figure: `checksum of ${file}`, unit: "ms CPU", value: cost(() => sha256(document)) },
      { figure: `select and compare in ${file}`, unit: "ms CPU", value: cost(work) },
    ];
  });
}

function cost(work: () => unknown): number {
  const costs = Array.from({ length: ROUNDS + 2 }, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return spread(costs.slice(2)).median;
}

/** The document with renamed copies of itself in it, up to about that many bytes of JSON. */
function enlarged(document: JsonObject, bytes: number): JsonObject {
  const paths = Object.entries(objectAt(document, "paths"));
  const components = objectAt(document, "components");
  const schemas = Object.entries(objectAt(components, "schemas"));
  const copies = Math.max(0, Math.round(bytes / JSON.stringify(document).length) - 1);
  for (let copy = 1; copy <= copies; copy++) {
    const text = JSON.stringify([objectAt(document, "paths"), objectAt(components, "schemas")])
      .replace(/"operationId":"(\w+)"/g, `"operationId":"$1${copy}"`)
      .replace(/#\/components\/schemas\/(\w+)/g, `#/components/schemas/$1${copy}`);
    const [otherPaths, otherSchemas]: unknown[] = JSON.parse(text);
    if (isObject(otherPaths)) paths.push(...renamed(otherPaths, `/v${copy + 1}`, ""));
    if (isObject(otherSchemas)) schemas.push(...renamed(otherSchemas, "", String(copy)));
  }
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: { ...components, schemas: Object.fromEntries(schemas) },
  };
}

function renamed(members: JsonObject, before: string, after: string): [string, JsonObject[string]][] {
  return Object.entries(members).map(([name, value]) => [`${before}${name}${after}`, value]);
}
