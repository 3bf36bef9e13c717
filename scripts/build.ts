/**
 * Writes `dist`: the types as one file for each source file, and the JavaScript as one file for each entry point, with
 * what several of them need in further files. Node loads these few files in half the time.
 *
 * npx tsx scripts/build.ts
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "..");

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The source files of what package.json offers to import and to start. */
function entryPoints(): string[] {
  // Our own package.json, which has both.
  const { exports, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  const imported = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : [target.default],
  );
  const files = new Set([...imported, ...Object.values(bin)]);
  return [...files].map((file) => file.replace(/^(\.\/)?dist\//, "").replace(/\.js$/, ".ts"));
}

rmSync(join(ROOT, "dist"), { recursive: true, force: true });
execFileSync("npx", ["tsc", "-p", "scripts/tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
await build({
  absWorkingDir: ROOT,
  entryPoints: entryPoints(),
  outdir: "dist",
  outbase: ".",
  chunkNames: "shared/[name]-[hash]",
  bundle: true,
  splitting: true,
  packages: "external",
  // The core runs wherever there are web standards.
  platform: "neutral",
  format: "esm",
});
