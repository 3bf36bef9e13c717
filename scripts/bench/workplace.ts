import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { ourPackage } from "./contenders.js";

export const projectFolder = fileURLToPath(new URL("../..", import.meta.url));
export const comparatorsFolder = join(projectFolder, "scripts/comparators");

/** A folder outside the project in which the programs find their imports in node_modules, as users' programs do. */
export interface Workplace {
  readonly folder: string;
  /** This package, packed and unpacked. */
  readonly ourFolder: string;
  /** Its tarball. */
  readonly tarball: string;
  /** A program as TypeScript. */
  source(program: string): string;
  /** A program or bench helper as JavaScript for plain Node, because tsx makes the start slower. */
  compiled(name: string): string;
}

/** Installs the other clients (once), packs this package, and links both into the folder. */
export function prepareWorkplace(): Workplace {
  if (!existsSync(join(comparatorsFolder, "node_modules"))) {
    console.log("installing the other clients into scripts/comparators (npm ci, once)");
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: comparatorsFolder, stdio: "inherit" });
  }
  const folder = mkdtempSync(join(tmpdir(), "adp-bench-"));
  const modules = join(folder, "node_modules");
  const ourFolder = join(modules, ourPackage);
  mkdirSync(ourFolder, { recursive: true });
  const tarball = pack(folder);
  execFileSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", ourFolder]);
  for (const source of [comparatorsFolder, projectFolder]) {
    for (const name of packagesIn(join(source, "node_modules"))) {
      link(join(source, "node_modules", name), join(modules, name));
    }
  }
  cpSync(join(comparatorsFolder, "programs"), join(folder, "src"), { recursive: true });
  cpSync(join(comparatorsFolder, "package.json"), join(folder, "package.json"));
  const options = {
    outdir: join(folder, "js"),
    entryNames: "[name]",
    format: "esm",
    target: "node20",
  } as const;
  buildSync({ ...options, entryPoints: [join(folder, "src/*.ts")] });
  // One of the helpers imports from src.
  const helpers = join(projectFolder, "scripts/bench/process/*.ts");
  buildSync({ ...options, entryPoints: [helpers], bundle: true, packages: "external", platform: "node" });
  return {
    folder,
    ourFolder,
    tarball,
    source: (program) => join(folder, "src", `${program}.ts`),
    compiled: (name) => join(folder, "js", `${name}.js`),
  };
}

function pack(destination: string): string {
  const args = ["pack", "--json", "--foreground-scripts=false", "--pack-destination", destination];
  const output = execFileSync("npm", args, { cwd: projectFolder, encoding: "utf8" });
  const [{ filename }] = JSON.parse(output.slice(output.indexOf("["))) as [{ filename: string }];
  return join(destination, filename);
}

function* packagesIn(modules: string): Generator<string> {
  for (const name of readdirSync(modules)) {
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) yield name;
    else for (const inner of readdirSync(join(modules, name))) yield `${name}/${inner}`;
  }
}

/** Links a package, unless there is one of that name. */
function link(target: string, path: string) {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
