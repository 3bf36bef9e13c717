import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The reference marketplace has packages of its own. Without them its tests cannot even be loaded, and
// test/examples/marketplace-installed.test.ts shows that they were left out.
const marketplace = "test/examples/marketplace/**";
const hasMarketplace = existsSync(source("test/examples/marketplace/node_modules"));

/** Tests that put other modules in place of real ones get a process of their own. */
const isolated = [
  "test/sandbox/api/new-{body,lists,parameters}.test.ts",
  "test/ingest/s3/each-request.test.ts",
];
const excluded = ["**/node_modules/**", ...(hasMarketplace ? [] : [marketplace])];

/** The files that take longest. The first of them starts first. */
const slowest = [
  "ingest/s3/each-request.test.ts",
  "ingest/random-kills.test.ts",
  "ingest/s3/random-kills.test.ts",
  "examples/marketplace/soak.test.ts",
  "scripts/commands.test.ts",
  "examples/marketplace/jobs.test.ts",
  "examples/marketplace/page.test.ts",
  "examples/marketplace/program.test.ts",
  "ingest/kill.test.ts",
  "ingest/s3/kill.test.ts",
  "ingest/faults.test.ts",
  "cli/process.test.ts",
  "scripts/codegen/entries.test.ts",
  "readme.test.ts",
];

/**
 * Starts the slowest files of each project first, so that the workers end at about the same time. vitest's own order does
 * this only from the second run on, when it knows how long each file took.
 */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const rank = ({ project, moduleId }: TestSpecification) => {
      const index = slowest.findIndex((path) => moduleId.endsWith(`/test/${path}`));
      // A worker is used again for the next file only if that is of the same project.
      return projects.indexOf(project) * 100 + (index === -1 ? 99 : index);
    };
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

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
    sequence: { sequencer: SlowestFirst },
    // The other tests share processes: loading modules once for each file took half of the whole time.
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          globalSetup: ["test/support/radosgw.ts"],
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: [...excluded, ...isolated],
          typecheck: {
            enabled: true,
            include: ["test/**/*.test-d.ts"],
            // The package and these tests alone, which takes half the time. `npm run typecheck` checks all files.
            tsconfig: "test/tsconfig.types.json",
          },
        },
      },
      { extends: true, test: { name: "isolated", include: isolated } },
    ],
    // The S3 client warns that its releases of 2027 will need a newer Node.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    // Only ends a test that hangs. On a busy machine, some take a minute.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than there are cores, because tests wait for processes and servers. With two more, the processes take turns
    // so often that the whole run takes longer.
    maxWorkers: availableParallelism() + 1,
    // A garbage collector that tests can call, and fewer of its runs: these took a tenth of the processor's time.
    // WebAssembly (PGlite, Node's fetch) is compiled once and not optimised: short runs do not get that time back.
    execArgv: ["--expose-gc", "--max-semi-space-size=64", "--liftoff-only"],
  },
});
