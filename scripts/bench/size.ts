import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** A program: the path of its file, or its text and the folder that its imports start from. */
export type Program = string | { readonly contents: string; readonly resolveDir: string };

/** Bytes of a program with all it imports in one file, minified by esbuild and gzipped. */
export async function bundleSize(program: Program): Promise<number> {
  const { outputFiles } = await build({
    ...(typeof program === "string" ? { entryPoints: [program] } : { stdin: { ...program } }),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node20",
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).byteLength;
}

/** What installing an npm package adds. */
export interface Installed {
  /** Bytes of all files, with those of the dependencies. */
  readonly bytes: number;
  /** Names of the packages it depends on, directly or not. */
  readonly dependencies: readonly string[];
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Adds up the named packages in `folder` and all they depend on, found as Node finds them. */
export function installedSize(folder: string, packages: readonly string[]): Installed {
  const found = new Map<string, number>();
  const visit = (name: string, from: string) => {
    const place = resolvePackage(name, from);
    if (found.has(place)) return;
    found.set(place, folderSize(place));
    const { dependencies = {} } = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as Manifest;
    for (const dependency of Object.keys(dependencies)) visit(dependency, place);
  };
  for (const name of packages) visit(name, folder);
  const bytes = [...found.values()].reduce((sum, size) => sum + size, 0);
  const direct = packages.map((name) => resolvePackage(name, folder));
  return { bytes, dependencies: [...found.keys()].filter((place) => !direct.includes(place)) };
}

function resolvePackage(name: string, from: string): string {
  for (let folder = from; ; folder = join(folder, "..")) {
    const place = join(folder, "node_modules", name);
    if (statSync(join(place, "package.json"), { throwIfNoEntry: false })) return place;
    if (folder === "/") throw new Error(`${name}: not installed where ${from} finds it`);
  }
}

/** Bytes of the files in a folder, without node_modules. */
function folderSize(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) bytes += statSync(path).size;
    else if (entry.isDirectory() && entry.name !== "node_modules") bytes += folderSize(path);
  }
  return bytes;
}
