import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // As `paths` in tsconfig.json: the examples import the package as its users do.
    alias: [
      { find: /^app-store-alternative-distribution$/, replacement: source("src/index.ts") },
      {
        find: /^app-store-alternative-distribution\/credentials$/,
        replacement: source("src/credentials.ts"),
      },
      { find: /^app-store-alternative-distribution\/(\w+)$/, replacement: source("src/$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/radosgw.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
    // No test waits for a clock; this only ends one that hangs, on a busy machine too.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // vitest leaves one core to itself, which is half of a small machine.
    maxWorkers: "100%",
    // For the tests that nothing is kept alive.
    execArgv: ["--expose-gc"],
  },
});
