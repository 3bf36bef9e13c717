import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { locked, readGenerated, writeFiles } from "../../../scripts/codegen/write.js";
import { folder, tree, write } from "./support/library.js";

async function project(): Promise<string> {
  const root = await folder();
  await write(root, "openapi/apple.json", "old");
  await write(root, "openapi/words.json", "words");
  await write(root, "generated/paths.ts", "old");
  await write(root, "generated/stale.ts", "old");
  return root;
}

const files = new Map([
  ["openapi/apple.json", "new"],
  ["generated/paths.ts", "new"],
]);

describe("writing", () => {
  test("replaces the given files, removes what else is in generated/, and touches nothing else", async () => {
    const root = await project();
    await write(root, "generated/old/deep.ts", "old");
    await locked(root, () => writeFiles(root, files));
    expect(await tree(root)).toEqual({
      "openapi/apple.json": "new",
      "openapi/words.json": "words",
      "generated/paths.ts": "new",
    });
    expect((await readdir(root)).sort()).toEqual(["generated", "openapi"]);
  });

  test("removes what a killed run left, and does not read it", async () => {
    const root = await project();
    await write(root, "generated/.left.tmp", "half");
    await write(root, ".spec-staging/new/openapi/words.json", "not ours");
    expect([...(await readGenerated(root)).keys()]).toEqual(["generated/paths.ts", "generated/stale.ts"]);
    await locked(root, () => writeFiles(root, files));
    expect(await readdir(join(root, "generated"))).toEqual(["paths.ts"]);
    expect(await readFile(join(root, "openapi/words.json"), "utf8")).toBe("words");
  });

  test("removes what a killed run was writing, also when there is nothing to write", async () => {
    const root = await project();
    await write(root, `generated/.${randomUUID()}.tmp`, "half");
    await locked(root, async () => {});
    expect(await readdir(join(root, "generated"))).toEqual(["paths.ts", "stale.ts"]);
  });

  test("that fails before the first file is in place changes none", async () => {
    const root = await project();
    await mkdir(join(root, "openapi/blocked.json"));
    await write(root, "openapi/blocked.json/inner", "");
    const blocked = new Map([["openapi/blocked.json", "new"], ...files]);
    await expect(locked(root, () => writeFiles(root, blocked))).rejects.toThrow(/^nothing was written: /);
    expect(await readFile(join(root, "openapi/apple.json"), "utf8")).toBe("old");
    expect(await readFile(join(root, "generated/paths.ts"), "utf8")).toBe("old");
  });
});

describe("the lock", () => {
  test("lets one command work after the other", async () => {
    const root = await project();
    const steps: string[] = [];
    let release = () => {};
    const first = locked(root, async () => {
      steps.push("first begins");
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      steps.push("first ends");
    });
    while (steps.length === 0) await new Promise(setImmediate);
    const second = locked(root, async () => void steps.push("second"));
    release();
    await Promise.all([first, second]);
    expect(steps).toEqual(["first begins", "first ends", "second"]);
  });

  test("is gone after a failure", async () => {
    const root = await project();
    await expect(locked(root, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await readdir(join(root, "generated"))).toEqual(["paths.ts", "stale.ts"]);
  });

  test("of a process that has ended is taken over", async () => {
    const root = await project();
    // Process ids end below this one on every system.
    await writeFile(join(root, "generated/.lock"), "999999999");
    expect(await locked(root, async () => "done")).toBe("done");
    expect(await readdir(join(root, "generated"))).toEqual(["paths.ts", "stale.ts"]);
  });
});
