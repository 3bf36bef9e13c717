import type * as Path from "node:path";
import { expect, test, vi } from "vitest";
import { readGenerated } from "../../../scripts/codegen/write.js";
import { folder, write } from "./support/library.js";

vi.mock("node:path", async (importOriginal) => {
  const real = await importOriginal<typeof Path>();
  return { ...real, relative: (from: string, to: string) => real.relative(from, to).replaceAll("/", "\\") };
});

test("on Windows, the files in generated/ have the paths that are generated, with /", async () => {
  const root = await folder();
  await write(root, "generated/paths.ts", "text");
  expect([...(await readGenerated(root)).keys()]).toEqual(["generated/paths.ts"]);
});
