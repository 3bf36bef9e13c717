import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { failure } from "../support/client.js";
import { contentsOf, temporaryFolder } from "./support/folders.js";
import { delta, manifestOf, servePackage, variant } from "./support/package-server.js";
import { ingestPackage, verifyPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), variant("b", 70_000, 1000), delta("d", 3000)];

test("a version becomes a folder with the package's files and nothing else", async () => {
  const server = await servePackage(assets);
  const folder = temporaryFolder();
  const directory = join(folder, "deep", "package");
  const result = await ingestPackage(server.client, { versionId: "version", directory });

  expect(Object.keys(contentsOf(directory))).toEqual([
    "delta/d.ipa",
    "manifest.json",
    "signature",
    "variant/a.ipa",
    "variant/b.ipa",
  ]);
  for (const { kind, id, content } of assets) {
    expect(readFileSync(join(directory, kind, `${id}.ipa`)).equals(content)).toBe(true);
  }
  expect(readFileSync(join(directory, "manifest.json"), "utf8")).toBe(JSON.stringify(manifestOf(assets)));
  expect(readdirSync(join(folder, "deep"))).toEqual(["package"]);
  expect(statSync(join(directory, "variant/a.ipa")).mode & 0o777).toBe(0o666 & ~process.umask());

  expect(result).toMatchObject({
    directory,
    apiCalls: 3,
    manifest: manifestOf(assets),
    checksumMismatches: [],
    signature: { valid: true },
    signedAt: new Date("2026-03-01T12:00:00Z"),
  });
  expect(result.version).toMatchObject({ id: "version", attributes: { state: "COMPLETED" } });
  expect(result.assets).toEqual(
    assets.map(({ kind, id, content }) => ({
      id,
      kind,
      path: `${kind}/${id}.ipa`,
      bytes: content.length,
      keyBlob: Buffer.from(`blob of ${id}`).toString("base64"),
      checkedBy: "chunks",
      reused: false,
      resumedBytes: 0,
    })),
  );
  expect(inspect(result, { depth: null, showHidden: true })).not.toContain("secret-");
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
});

test("the CDN gets no token, is asked for uncompressed files, and connections are reused", async () => {
  const many = Array.from({ length: 20 }, (_, index) => variant(`v${index}`, 100 + index));
  const server = await servePackage(many);
  await ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
    concurrency: 2,
  });
  expect(server.cdn).toHaveLength(21);
  for (const request of server.cdn)
    expect(request).toMatchObject({ authorization: undefined, encoding: "identity" });
  expect(new Set(server.cdn.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
});

test.each([
  [{ versionId: "version" }, 3],
  [{ packageId: "package" }, 3],
  [{ appStoreVersionId: "app-store-version" }, 4],
])("%o takes %i calls", async (choice, calls) => {
  const server = await servePackage(assets);
  const result = await ingestPackage(server.client, { ...choice, directory: join(temporaryFolder(), "p") });
  expect(result.apiCalls).toBe(calls);
  expect(server.api).toHaveLength(calls);
});

test("a list is not read if the manifest has no assets of its kind", async () => {
  const server = await servePackage([variant("a", 10)]);
  await ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") });
  expect(server.api.filter((path) => path.endsWith("/deltas"))).toEqual([]);
});

test("an asset that is not in the list is read by its id", async () => {
  const server = await servePackage(assets);
  const nothing = { data: [], links: { self: "https://api.example" } };
  server.onApi = (path) => (path.endsWith("/deltas") ? nothing : undefined);
  const result = await ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
  });
  expect(result.apiCalls).toBe(4);
  expect(server.api).toContain("/v1/alternativeDistributionPackageDeltas/d");
});

test("an asset that the API does not know is an error before any download", async () => {
  const server = await servePackage([variant("a", 10)], {
    manifest: manifestOf(assets),
    signed: assets,
  });
  const ingest = ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
  });
  expect(await failure(ingest)).toMatchObject({
    name: "IngestError",
    reason: "asset-missing",
    path: "variant/b.ipa",
  });
  expect(server.downloads).toEqual([]);
});

test("a replaced version is ingested by its own id", async () => {
  const server = await servePackage(assets);
  const result = await ingestPackage(server.client, {
    versionId: "old",
    directory: join(temporaryFolder(), "p"),
  });
  expect(result.version.attributes?.state).toBe("REPLACED");
});

test("a package without a completed version says so", async () => {
  const server = await servePackage(assets);
  server.onApi = (path) => (path.endsWith("/versions") ? { data: [], links: { self: "x" } } : undefined);
  const ingest = ingestPackage(server.client, {
    packageId: "package",
    directory: join(temporaryFolder(), "p"),
  });
  expect(await failure(ingest)).toMatchObject({ reason: "no-version" });
});

test("a fileChecksum that does not fit is reported, one of an unknown form is ignored", async () => {
  const md5 = "d41d8cd98f00b204e9800998ecf8427e";
  const server = await servePackage([
    { ...variant("one", 4000), fileChecksum: md5 },
    { ...variant("many", 4000, 100, 9), fileChecksum: "0".repeat(64) },
    { ...variant("odd", 4000), fileChecksum: "etag-1234" },
  ]);
  const { checksumMismatches } = await ingestPackage(server.client, {
    versionId: "version",
    directory: join(temporaryFolder(), "p"),
  });
  expect(checksumMismatches.map(({ path, algorithm, expected }) => ({ path, algorithm, expected }))).toEqual([
    { path: "variant/one.ipa", algorithm: "md5", expected: md5 },
    { path: "variant/many.ipa", algorithm: "sha256", expected: "0".repeat(64) },
  ]);
});
