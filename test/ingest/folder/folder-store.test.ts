import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderStore, systemClock } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { temporaryFolder } from "../support/folders.js";

test("a file is read in order, and an abort ends the reading with its reason", async () => {
  const directory = temporaryFolder();
  const content = Buffer.alloc(1_000_000, "content");
  writeFileSync(join(directory, "manifest.json"), content);
  const controller = new AbortController();
  const context = { signal: controller.signal, clock: systemClock };
  const store = folderStore(directory);
  const read = async (onPart = () => {}) => {
    const parts: Uint8Array[] = [];
    for await (const part of (await store.read("manifest.json", context)) ?? []) {
      parts.push(part);
      onPart();
    }
    return Buffer.concat(parts);
  };
  // Not toEqual, which compares a million elements.
  expect((await read()).equals(content)).toBe(true);
  const reason = new Error("enough");
  expect(await failure(read(() => controller.abort(reason)))).toBe(reason);
  expect(await store.read("signature", context)).toBe(undefined);
});
