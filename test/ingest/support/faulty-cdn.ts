import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { temporaryFolder } from "./folders.js";
import { type CdnHandler, type ServedAsset, servePackage, variant } from "./package-server.js";
import { TestClock } from "./test-clock.js";
import { ingest, verifyPackage } from "./trusted.js";

/** An asset of ten chunks. */
export const manyChunks = variant("many", 100_000, 10_000);

/** An asset of one chunk. */
export const oneChunk = variant("one", 90_000);

/** So long that what is left of it is longer than any wait before a retry: see {@link TestClock}. In ms. */
export const STALL_TIMEOUT = 100_000;

/** Starts to ingest one asset from a CDN that answers so. */
export async function ingestFrom(asset: ServedAsset, handler: CdnHandler, clock = new TestClock()) {
  const server = await servePackage([asset]);
  server.onCdn = (request, response, served) => served.id !== "zip" && handler(request, response, served);
  const directory = join(temporaryFolder(), "p");
  const done = ingest(server.client, { versionId: "version", directory, stallTimeout: STALL_TIMEOUT }, clock);
  return { server, directory, clock, done };
}

/** Ingests one asset from a CDN that misbehaves at first. Checks the result, and returns the ranges requested. */
export async function recoverFrom(asset: ServedAsset, handler: CdnHandler, clock = new TestClock()) {
  const { server, directory, done } = await ingestFrom(asset, handler, clock);
  await done;
  expect(await verifyPackage(directory)).toMatchObject({ valid: true });
  expect(readFileSync(join(directory, `variant/${asset.id}.ipa`)).equals(asset.content)).toBe(true);
  return server.downloads.map(({ range }) => range);
}

/** Applies a handler to the first request for an asset only. */
export function once(handler: CdnHandler): CdnHandler {
  let wasCalled = false;
  return (...args) => {
    if (wasCalled || args[2].id === "zip") return false;
    wasCalled = true;
    return handler(...args);
  };
}

/** The content with one bit changed. */
export function corrupted(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
