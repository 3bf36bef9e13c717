import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { recover, writeAtomically } from "../../../scripts/codegen/write.js";
import { folder, tree, write } from "./support/library.js";

async function twoFolders(): Promise<string> {
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

test("folders are replaced whole; what is not generated any more goes, our own files stay", async () => {
  const root = await twoFolders();
  await writeAtomically(root, files, ["generated"]);
  expect(await tree(root)).toEqual({
    "openapi/apple.json": "new",
    "openapi/words.json": "words",
    "generated/paths.ts": "new",
  });
  expect((await readdir(root)).sort()).toEqual(["generated", "openapi"]);
});

test("a failure half way puts back what was replaced already", async () => {
  const root = await twoFolders();
  const before = await tree(root);
  // The last folder cannot be moved into place: there is nothing to move it into.
  const blocked = new Map([...files, ["none/inner/x.ts", "new"]]);
  await expect(writeAtomically(root, blocked, ["generated", "none/inner"])).rejects.toThrow(
    /^nothing was written: ENOENT/,
  );
  expect(await tree(root)).toEqual(before);
  expect((await readdir(root)).sort()).toEqual(["generated", "openapi"]);
});

test("what a killed run left half done is undone by the next", async () => {
  const root = await twoFolders();
  const before = await tree(root);
  await write(root, ".spec-staging/new/openapi/apple.json", "new");
  await write(root, ".spec-staging/new/generated/paths.ts", "new");
  await mkdir(join(root, ".spec-staging/old"));
  await rename(join(root, "openapi"), join(root, ".spec-staging/old/openapi"));
  await recover(root);
  expect(await tree(root)).toEqual(before);

  await write(root, ".spec-staging/new/generated/paths.ts", "new");
  await mkdir(join(root, ".spec-staging/old"));
  await rename(join(root, "openapi"), join(root, ".spec-staging/old/openapi"));
  await write(root, "openapi/apple.json", "new");
  await recover(root);
  expect(await tree(root)).toEqual(before);
  expect((await readdir(root)).sort()).toEqual(["generated", "openapi"]);
});

test("a run that was killed when all was in place stays", async () => {
  const root = await twoFolders();
  await mkdir(join(root, ".spec-staging/new"), { recursive: true });
  await write(root, ".spec-staging/old/openapi/apple.json", "older");
  const before = await tree(root);
  await recover(root);
  expect(await tree(root)).toEqual(before);
});
