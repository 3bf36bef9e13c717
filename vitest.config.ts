import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
    // No test waits for a clock; this only ends one that hangs, on a busy machine too.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For the tests that nothing is kept alive.
    execArgv: ["--expose-gc"],
  },
});
