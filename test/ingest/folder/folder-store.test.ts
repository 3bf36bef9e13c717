import fs, { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderStore, systemClock } from "../../../src/ingest/index.js";
import { failure } from "../../support/client.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
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

/** Calls a function once, before the call of this number (counted from 1) that reads the file system. */
function beforeRead(number: number, change: () => void): { readonly wasCalled: boolean } {
  const { lstat, readdir, stat } = fs.promises;
  let calls = 0;
  const count = () => {
    calls += 1;
    if (calls === number) change();
  };
  const counting = <Args extends unknown[], Result>(read: (...args: Args) => Result) => {
    return (...args: Args) => {
      count();
      return read(...args);
    };
  };
  replaceBuiltin(fs.promises, {
    lstat: counting(lstat),
    readdir: counting(readdir),
    stat: counting(stat),
  } as typeof fs.promises);
  return {
    get wasCalled() {
      return calls >= number;
    },
  };
}

function makePackage(folder: string, size: number): void {
  mkdirSync(join(folder, "variant"), { recursive: true });
  writeFileSync(join(folder, "manifest.json"), Buffer.alloc(size));
  writeFileSync(join(folder, "variant", "a.ipa"), Buffer.alloc(size));
}

test.each(["replaced", "removed"] as const)(
  "the list of a package that is %s meanwhile is that of one package, or empty",
  async (change) => {
    for (let number = 1, isDone = false; !isDone; number++) {
      const folder = temporaryFolder();
      const directory = join(folder, "p");
      makePackage(directory, 1);
      makePackage(join(folder, "new"), 2);
      const reading = beforeRead(number, () => {
        renameSync(directory, join(folder, "old"));
        if (change === "replaced") renameSync(join(folder, "new"), directory);
      });
      const context = { signal: new AbortController().signal, clock: systemClock };
      const found = Object.fromEntries(await folderStore(directory).list(context));
      const after = change === "replaced" ? { "manifest.json": 2, "variant/a.ipa": 2 } : {};
      expect([after, { "manifest.json": 1, "variant/a.ipa": 1 }]).toContainEqual(found);
      isDone = !reading.wasCalled;
    }
  },
);

test("the list is right where a folder has another identity at each look, and an abort ends it", async () => {
  const directory = temporaryFolder();
  makePackage(directory, 1);
  const { stat } = fs.promises;
  let looks = 0;
  const changing = async (path: string) => {
    looks += 1;
    return Object.assign(await stat(path, { bigint: true }), { ino: BigInt(looks) });
  };
  replaceBuiltin(fs.promises, { stat: changing } as object);
  const controller = new AbortController();
  const context = { signal: controller.signal, clock: systemClock };
  const store = folderStore(directory);
  expect(Object.fromEntries(await store.list(context))).toEqual({ "manifest.json": 1, "variant/a.ipa": 1 });
  const reason = new Error("enough");
  controller.abort(reason);
  expect(await failure(store.list(context))).toBe(reason);
});
