import { setupServer } from "msw/node";
import { expectTypeOf, test } from "vitest";
import { createClient } from "../../src/index.js";
import { createSandbox, type Fault, type OperationId } from "../../src/sandbox/index.js";

test("createClient takes credentials and fetch as they are", () => {
  const sandbox = createSandbox();
  createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
  createClient({ ...sandbox.individualCredentials, fetch: sandbox.fetch });
  expectTypeOf(sandbox.fetch).toEqualTypeOf<typeof globalThis.fetch>();
});

test("msw takes the handlers", () => {
  const { handlers } = createSandbox();
  expectTypeOf(handlers).not.toBeAny();
  setupServer(...handlers);
});

test("a fault has only known keys and values, and an operation of Apple's", () => {
  expectTypeOf<"alternativeDistributionPackages_getInstance">().toExtend<OperationId>();
  const { faults } = createSandbox();
  faults.add({ operation: "alternativeDistributionPackages_getInstance", status: 500 });
  // @ts-expect-error: no operation of the description
  faults.add({ operation: "alternativeDistributionPackages_get" });
  // @ts-expect-error: no such reset
  faults.add({ reset: "after-body" });
  // @ts-expect-error: no such key
  faults.add({ time: 3 });
  // @ts-expect-error: no such fault of a signature
  faults.add({ signature: "expired" });
  expectTypeOf<Fault["status"]>().toEqualTypeOf<number | undefined>();
});

test("a package's digests are of a known kind, and its root is a PEM", () => {
  const sandbox = createSandbox();
  sandbox.addAppStoreVersion({ digests: "unencrypted" });
  // @ts-expect-error: no such kind
  sandbox.addAppStoreVersion({ digests: "none" });
  expectTypeOf(sandbox.trust).toEqualTypeOf<string>();
});

test("the log is read-only", () => {
  const { requests } = createSandbox();
  // @ts-expect-error: a readonly list
  requests.push();
});
