import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The reference marketplace has packages of its own. Without them its tests cannot even be loaded, and
// test/examples/marketplace-installed.test.ts shows that they were left out.
const marketplace = "test/examples/marketplace/**";
const hasMarketplace = existsSync(source("test/examples/marketplace/node_modules"));

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
    exclude: ["**/node_modules/**", ...(hasMarketplace ? [] : [marketplace])],
    globalSetup: ["test/support/radosgw.ts"],
    typecheck: { include: ["test/**/*.test-d.ts"] },
    // The S3 client warns that its releases of 2027 will need a newer Node.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    // No test waits for a clock; this only ends one that hangs, on a busy machine too.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // vitest leaves one core to itself, which is half of a small machine.
    maxWorkers: "100%",
    // For the tests that nothing is kept alive.
    execArgv: ["--expose-gc"],
  },
});
