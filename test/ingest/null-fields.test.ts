import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failure } from "../support/client.js";
import { temporaryFolder } from "./support/folders.js";
import { delta, servePackage, variant } from "./support/package-server.js";
import { ingestPackage } from "./support/trusted.js";

const assets = [variant("a", 5000), delta("d", 3000)];
const links = { self: "https://api.example/self" };

type Attributes = Record<string, unknown>;

/** A server whose API gives these attributes, or without them, in all resources. */
async function serveWith(change: (attributes: Attributes) => Attributes | null | undefined) {
  const server = await servePackage(assets);
  const resource = (type: string, id: string, file = id) => {
    const attributes = {
      url: `${server.origin}/cdn/${file}?accessKey=secret-1`,
      version: "1",
      state: "COMPLETED",
    };
    return { type: `alternativeDistributionPackage${type}`, id, attributes: change(attributes) };
  };
  server.onApi = (path) => {
    if (path.endsWith("/variants")) return { data: [resource("Variants", "a")], links };
    if (path.endsWith("/deltas")) return { data: [resource("Deltas", "d")], links };
    if (path.endsWith("/version")) return { data: resource("Versions", "version", "zip"), links };
    return undefined;
  };
  return server;
}

test.each<[string, Attributes]>([
  ["null", { fileChecksum: null, alternativeDistributionKeyBlob: null, urlExpirationDate: null }],
  ["of another type", { fileChecksum: 5, urlExpirationDate: 5 }],
  ["empty", { fileChecksum: "", urlExpirationDate: "" }],
  ["absent", {}],
])("optional attributes that are %s are tolerated", async (_, attributes) => {
  const server = await serveWith((given) => ({ ...given, ...attributes }));
  const folder = temporaryFolder();
  const keyBlobFile = join(folder, "blobs.json");
  const options = { versionId: "version", directory: join(folder, "p"), keyBlobFile };
  const result = await ingestPackage(server.client, options);
  expect(result.checksumMismatches).toEqual([]);
  expect(result.assets.map(({ keyBlob }) => keyBlob)).toEqual([undefined, undefined]);
  const written = JSON.parse(readFileSync(keyBlobFile, "utf8"));
  expect(written.assets.map(({ keyBlob }: { keyBlob: unknown }) => keyBlob)).toEqual([null, null]);
});

test.each<[string, (given: Attributes) => Attributes | null | undefined]>([
  ["a URL that is null", (given) => ({ ...given, url: null })],
  ["a URL that is a number", (given) => ({ ...given, url: 5 })],
  ["an empty URL", (given) => ({ ...given, url: "" })],
  ["attributes that are null", () => null],
  ["no attributes", () => undefined],
])("%s is an error that says so", async (_, change) => {
  const server = await serveWith(change);
  const error = await failure(
    ingestPackage(server.client, { versionId: "version", directory: join(temporaryFolder(), "p") }),
  );
  expect(error).toMatchObject({ name: "IngestError", reason: "asset-missing" });
  expect((error as Error).message).toMatch(/gives no usable download URL/);
});

test.each<[string, unknown]>([
  ["an empty id", { data: { type: "alternativeDistributionPackages", id: "" }, links }],
])("%s of a package means that there is none", async (_, linkage) => {
  const server = await servePackage(assets);
  server.onApi = (path) => (path.includes("/relationships/") ? linkage : undefined);
  const options = { appStoreVersionId: "1", directory: join(temporaryFolder(), "p") };
  expect(await failure(ingestPackage(server.client, options))).toMatchObject({
    name: "IngestError",
    reason: "no-version",
    message: expect.stringContaining("client.packages.create makes it"),
  });
});

test("a version without an id is an error that says so", async () => {
  const server = await servePackage(assets);
  const data = { type: "alternativeDistributionPackageVersions", id: "", attributes: { state: "COMPLETED" } };
  for (const [choice, body] of [
    [{ versionId: "version" }, { data, links }],
    [{ packageId: "package" }, { data: [data], links }],
    [
      { packageId: "package", wait: true },
      { data: [data], links },
    ],
  ] as const) {
    server.onApi = () => body;
    const options = { ...choice, directory: join(temporaryFolder(), "p") };
    expect(await failure(ingestPackage(server.client, options))).toMatchObject({ reason: "no-version" });
  }
});
