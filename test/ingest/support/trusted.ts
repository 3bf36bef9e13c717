import type { Clock } from "../../../src/clock.js";
import * as library from "../../../src/ingest/index.js";
import { ingest as ingestOn } from "../../../src/ingest/ingest.js";
import { trust } from "./signing.js";

// The functions under test, with the root of the tests' packages in place of Apple's.

export function ingestPackage(client: library.IngestClient, options: library.IngestOptions) {
  return library.ingestPackage(client, { trust, ...options });
}

export function ingest(client: library.IngestClient, options: library.IngestOptions, clock: Clock) {
  return ingestOn(client, { trust, ...options }, clock);
}

export function verifyPackage(place: string | library.PackageStore, options: library.VerifyOptions = {}) {
  return library.verifyPackage(place, { trust, ...options });
}
