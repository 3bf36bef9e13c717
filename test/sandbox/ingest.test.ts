import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ingestPackage, verifyPackage } from "../../src/ingest/index.js";
import { ingest as runIngest } from "../../src/ingest/ingest.js";
import { createSandbox, type Fault, type VersionAssets } from "../../src/sandbox/index.js";
import { TestClock } from "../ingest/support/test-clock.js";

/** Ingests a package of a new sandbox, where a fault can be placed before. */
async function ingest(assets: VersionAssets, fault?: Fault) {
  const sandbox = createSandbox({ seed: 1 });
  const { fetch, trust } = sandbox;
  const client = createClient({ ...sandbox.credentials, fetch });
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion(assets).id);
  if (fault) sandbox.faults.add(fault);
  const folder = mkdtempSync(join(tmpdir(), "sandbox-ingest-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const directory = join(folder, "package");
  const result = await ingestPackage(client, { versionId, directory, fetch, trust, signature: "report" });
  return { result, report: await verifyPackage(directory, { trust }) };
}

test.each([
  ["encrypted", "chunks"],
  ["both", "chunks"],
  ["unencrypted", "hash2"],
] as const)(
  "with the digests %s, assets of one and of several chunks are proved by %s",
  async (digests, proof) => {
    const { result, report } = await ingest({
      variants: [100_000, 30_000],
      deltas: 1,
      chunkSize: 30_000,
      digests,
    });
    expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual([proof, proof, proof]);
    expect(result.checksumMismatches).toEqual([]);
    expect(report).toMatchObject({ valid: true, signature: { valid: true } });
  },
);

test("without encrypted digests and with an invalid signature, assets are proved by their fileChecksum", async () => {
  const { result } = await ingest({ digests: "unencrypted" }, { signature: "invalid" });
  expect(result.assets.map(({ checkedBy }) => checkedBy)).toEqual(["fileChecksum", "fileChecksum"]);
  expect(result.signature).toMatchObject({ valid: false, reason: "signer" });
});

test("without the sandbox's fetch, the error about its CDN names the option", async () => {
  const sandbox = createSandbox({ seed: 1 });
  const client = createClient({ ...sandbox.credentials, fetch: sandbox.fetch });
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const unknownHost = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  const options = { versionId, directory: join(tmpdir(), "never made"), trust: sandbox.trust };
  const fetch = () => Promise.reject(new TypeError("fetch failed", { cause: unknownHost }));
  await expect(runIngest(client, { ...options, fetch }, new TestClock())).rejects.toThrow(
    "(cdn.sandbox.example, ENOTFOUND; only the sandbox reaches this host: give the option fetch: sandbox.fetch)",
  );
});
