import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../../..");

/** Builds the package into a folder of its own, laid out as it is published: a start from source takes a second. */
export async function installPackage(): Promise<{ main: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "adp-package-"));
  symlinkSync(join(root, "package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  await build({
    entryPoints: [join(root, "src/**/*.ts"), join(root, "generated/*.ts")],
    outbase: root,
    outdir: join(folder, "dist"),
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  return {
    main: join(folder, "dist/src/cli/main.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
