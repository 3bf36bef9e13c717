import { describe, expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ingestPackage, type PackageStore, verifyPackage } from "../../src/ingest/index.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { failure } from "../support/client.js";
import { TEST_STORES } from "./support/stores.js";

function setUp(store: PackageStore) {
  const sandbox = createSandbox({ seed: "signature" });
  const { fetch, trust } = sandbox;
  const client = createClient({ ...sandbox.credentials, fetch });
  const { id } = sandbox.addAppStoreVersion({ variants: 2, deltas: 1 });
  const { versionId } = sandbox.publishVersion(id);
  const options = { versionId, store, fetch, trust };
  const downloads = () =>
    sandbox.requests.filter(({ path }) =>
      /\/cdn\/alternativeDistributionPackage(Variants|Deltas)/.test(path),
    );
  return { sandbox, client, options, downloads };
}

describe.for(TEST_STORES)("in $name", ({ open }) => {
  test("the sandbox's packages are valid under its root, and not Apple's", async () => {
    const { client, options } = setUp(await open());
    const { store, trust } = options;
    const result = await ingestPackage(client, options);
    expect(result.signature).toEqual({ valid: true, signedAt: result.signedAt });
    expect(await verifyPackage(store, { trust })).toMatchObject({ valid: true });
    const { signature } = await verifyPackage(store);
    expect(signature).toMatchObject({ valid: false, reason: "root" });
  });

  test.each([
    ["invalid", /\(signature: (malformed|content|signer|chain|root|expired|manifest)\)/],
    ["missing", /\(signature: missing\)/],
    ["other-package", /\(signature: manifest\)/],
    ["untrusted", /\(signature: root\)/],
  ] as const)("a signature that is %s is refused before the first asset", async (fault, message) => {
    const { sandbox, client, options, downloads } = setUp(await open());
    const stop = sandbox.faults.add({ on: "cdn", signature: fault });
    const error = await failure(ingestPackage(client, options));
    expect(error).toMatchObject({ name: "IngestError", reason: "signature" });
    expect(error).toHaveProperty("message", expect.stringMatching(message));
    expect(downloads()).toEqual([]);
    stop.remove();
    expect((await ingestPackage(client, options)).signature.valid).toBe(true);
  });
});
