import { expect, test } from "vitest";
import { createSandbox, type SandboxOptions } from "../../src/sandbox/index.js";

test.each([
  [{ seed: null }, "seed: expected a number or a string, got null"],
  [{ now: 5 }, "now: expected a function, got 5"],
  [{ versionDelay: -1 }, "versionDelay: expected a number from 0 to Infinity (ms), got -1"],
  [{ urlLifetime: "1h" }, 'urlLifetime: expected a number from 0 to 3155760000000 (ms), got "1h"'],
  [{ limits: null }, "limits: expected an object, got null"],
  [{ limits: { perHour: "5" } }, 'limits.perHour: expected a number from 0 to Infinity (requests), got "5"'],
  [
    { limits: { concurrent: -1 } },
    "limits.concurrent: expected a number from 0 to Infinity (requests), got -1",
  ],
])("the options %j are rejected", (options, message) => {
  // What a JavaScript caller can pass.
  const create = () => createSandbox(options as SandboxOptions);
  expect(create).toThrow(TypeError);
  expect(create).toThrow(message);
});

test("an option that is undefined is one that is not given", () => {
  const sandbox = createSandbox({
    seed: undefined,
    now: undefined,
    versionDelay: undefined,
    limits: undefined,
  });
  const { id } = sandbox.addAppStoreVersion({ id: undefined, variants: undefined, assetBytes: undefined });
  const { packageId, variantIds } = sandbox.publishVersion(id, { deltas: undefined, chunkSize: undefined });
  expect(variantIds).toHaveLength(2);
  sandbox.faults.add({ status: 500, on: undefined, times: undefined });
  expect(packageId).toMatch(/^[0-9a-f-]{36}$/);
});
