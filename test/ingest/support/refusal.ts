import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { IngestError } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "./folders.js";
import { type ServedAsset, servePackage } from "./package-server.js";
import { ingestPackage } from "./trusted.js";

/** Ingests a zip that must be refused. Checks that nothing else happened, and returns the error. */
export async function refusalOf(zip: Buffer, assets: readonly ServedAsset[]): Promise<IngestError> {
  const server = await servePackage(assets);
  server.zip = zip;
  const folder = temporaryFolder();
  const error = await failure(
    ingestPackage(server.client, { versionId: "version", directory: join(folder, "p") }),
  );
  if (!(error instanceof IngestError)) throw error;
  expect(server.downloads).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(error.message).not.toMatch(/\n|secret-/);
  expect(error.message.length).toBeLessThan(400);
  return error;
}
