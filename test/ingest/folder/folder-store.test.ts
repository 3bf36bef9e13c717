import fs, { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderStore, systemClock } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { beforeRead } from "../support/before-read.js";
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

function makePackage(folder: string, size: number): void {
  mkdirSync(join(folder, "variant"), { recursive: true });
  writeFileSync(join(folder, "manifest.json"), Buffer.alloc(size));
  writeFileSync(join(folder, "variant", "a.ipa"), Buffer.alloc(size));
}

test.each(["replaced", "removed"] as const)(
  "the list of a package that is %s meanwhile is that of one package, or empty",
  async (change) => {
    let rounds = 0;
    for (let isDone = false; !isDone; ) {
      rounds += 1;
      const folder = temporaryFolder();
      const directory = join(folder, "p");
      makePackage(directory, 1);
      makePackage(join(folder, "new"), 2);
      const reading = beforeRead(rounds, () => {
        renameSync(directory, join(folder, "old"));
        if (change === "replaced") renameSync(join(folder, "new"), directory);
      });
      const context = { signal: new AbortController().signal, clock: systemClock };
      const found = Object.fromEntries(await folderStore(directory).list(context));
      const after = change === "replaced" ? { "manifest.json": 2, "variant/a.ipa": 2 } : {};
      expect([after, { "manifest.json": 1, "variant/a.ipa": 1 }]).toContainEqual(found);
      isDone = !reading.wasCalled;
    }
    expect(rounds).toBeGreaterThan(5);
  },
);

// A new folder may have the inode of one that was deleted, but not the time at which that was made.
describe.each(["ino", "birthtimeNs"] as const)("where each look shows another %s", (property) => {
  /** A package whose folder looks like another one each time. */
  function changingPackage(onLook: (looks: number) => void = () => {}) {
    const directory = temporaryFolder();
    makePackage(directory, 1);
    const { stat } = fs.promises;
    const looks = { count: 0 };
    const changing = async (path: string) => {
      looks.count += 1;
      onLook(looks.count);
      return Object.assign(await stat(path, { bigint: true }), { [property]: BigInt(looks.count) });
    };
    replaceBuiltin(fs.promises, { stat: changing } as object);
    return { store: folderStore(directory), looks };
  }

  test("the fifth list is taken", async () => {
    const { store, looks } = changingPackage();
    const context = { signal: new AbortController().signal, clock: systemClock };
    const files = await store.list(context);
    expect(Object.fromEntries(files)).toEqual({ "manifest.json": 1, "variant/a.ipa": 1 });
    // Before and after each list, but not after the fifth.
    expect(looks.count).toBe(9);
  });

  test("an abort ends it", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { store, looks } = changingPackage((count) => count === 3 && controller.abort(reason));
    const context = { signal: controller.signal, clock: systemClock };
    expect(await failure(store.list(context))).toBe(reason);
    expect(looks.count).toBe(4);
  });
});
