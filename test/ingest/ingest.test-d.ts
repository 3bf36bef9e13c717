import { expectTypeOf, test } from "vitest";
import type { AlternativeDistributionPackageVersion, Client } from "../../src/index.js";
import { IngestError, ingestPackage, type Manifest, type verifyPackage } from "../../src/ingest/index.js";

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

test("reasons are literals to switch on", () => {
  const error = new IngestError("busy", "message");
  // @ts-expect-error no such reason
  if (error.reason === "buzy") return;
  // @ts-expect-error a directory is needed
  void ingestPackage(client, { versionId: "1" });
  expectTypeOf<Parameters<typeof verifyPackage>>().toEqualTypeOf<[directory: string]>();
});
