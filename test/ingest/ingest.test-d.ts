import { expectTypeOf, test } from "vitest";
import type { AlternativeDistributionPackageVersion, Client } from "../../src/index.js";
import {
  type AssetKind,
  folderStore,
  IngestError,
  ingestPackage,
  type KeyBlobEntry,
  type Manifest,
  type PackageStore,
  type VerifyOptions,
  type verifyPackage,
} from "../../src/ingest/index.js";

declare const client: Client;

test("the result has the API's own version type, and nothing is any", () => {
  const result = ingestPackage(client, { versionId: "1", directory: "p" });
  expectTypeOf(result)
    .resolves.toHaveProperty("version")
    .toEqualTypeOf<AlternativeDistributionPackageVersion>();
  expectTypeOf(result).resolves.toHaveProperty("apiCalls").toEqualTypeOf<number>();
  expectTypeOf<Awaited<typeof result>["assets"][number]["kind"]>().toEqualTypeOf<"variant" | "delta">();
  expectTypeOf<Awaited<typeof result>>().not.toBeAny();
});

test("manifest fields that were not checked are unknown", () => {
  expectTypeOf<Manifest["bundleId"]>().toBeUnknown();
  expectTypeOf<Manifest["variants"][number]["publicId"]>().toEqualTypeOf<string>();
});

test("reasons are literals", () => {
  const error = new IngestError("busy", "message");
  // @ts-expect-error no such reason
  if (error.reason === "buzy") return;
  // @ts-expect-error a directory is needed
  void ingestPackage(client, { versionId: "1" });
  expectTypeOf<Parameters<typeof verifyPackage>>().toEqualTypeOf<
    [place: string | PackageStore, options?: VerifyOptions]
  >();
});

test("exactly one of a folder and a store is the place, and key blobs have one", () => {
  const store = folderStore("p");
  void ingestPackage(client, { versionId: "1", store, reuse: store, keyBlobs: store });
  void ingestPackage(client, { versionId: "1", store, directory: undefined, keyBlobs: "blobs.json" });
  // @ts-expect-error both
  void ingestPackage(client, { versionId: "1", store, directory: "p" });
  // @ts-expect-error no store
  void ingestPackage(client, { versionId: "1", store: "p" });
});

test("exactly one id names the version", () => {
  const directory = "p";
  void ingestPackage(client, { packageId: "1", directory });
  void ingestPackage(client, { appStoreVersionId: "1", versionId: undefined, directory });
  // @ts-expect-error none
  void ingestPackage(client, { directory });
  // @ts-expect-error two
  void ingestPackage(client, { versionId: "1", packageId: "2", directory });
  // @ts-expect-error an id that may be missing
  void ingestPackage(client, { versionId: process.env.VERSION, directory });
});

test("the kinds of assets have one type", () => {
  expectTypeOf<AssetKind>().toEqualTypeOf<"variant" | "delta">();
  expectTypeOf<KeyBlobEntry["kind"]>().toEqualTypeOf<AssetKind>();
});

test("a bundle id needs a number, and is not an id as well", () => {
  const directory = "p";
  void ingestPackage(client, { bundleId: "a", versionString: "1", platform: "IOS", create: true, directory });
  // @ts-expect-error no number
  void ingestPackage(client, { bundleId: "a", directory });
  // @ts-expect-error two ways
  void ingestPackage(client, { bundleId: "a", versionString: "1", packageId: "2", directory });
  // @ts-expect-error no such platform
  void ingestPackage(client, { bundleId: "a", versionString: "1", platform: "ios", directory });
});
