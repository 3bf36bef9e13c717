import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
    // For the tests that nothing is kept alive.
    execArgv: ["--expose-gc"],
  },
});
