import path from "node:path";
import { expect, test } from "vitest";
import { readGenerated } from "../../../scripts/codegen/write.js";
import { replaceBuiltin } from "../../support/replace-builtin.js";
import { folder, write } from "./support/library.js";

test("on Windows, the files in generated/ have the paths that are generated, with /", async () => {
  const { relative } = path;
  replaceBuiltin(path, { relative: (from, to) => relative(from, to).replaceAll("/", "\\") });
  const root = await folder();
  await write(root, "generated/paths.ts", "text");
  expect([...(await readGenerated(root)).keys()]).toEqual(["generated/paths.ts"]);
});
