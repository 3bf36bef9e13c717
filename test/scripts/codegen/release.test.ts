import { describe, expect, test } from "vitest";
import { lastRelease } from "../../../scripts/codegen/release.js";
import { folder, git, write } from "./support/library.js";

async function commit(root: string, text: string): Promise<void> {
  await write(root, "openapi/apple.json", text);
  git(root, "add", ".");
  git(root, "commit", "--message", "A change");
}

describe("what a new specification is compared with", () => {
  test("is the last release, then the last commit, then the working tree", async () => {
    const root = await folder();
    const here = { here: true };
    await write(root, "openapi/apple.json", "{}");
    expect(await lastRelease(root, here)).toEqual({
      document: here,
      name: "the working tree, as it is not in a git repository",
    });
    git(root, "init");
    expect((await lastRelease(root, here)).document).toEqual(here);
    await commit(root, '{ "at": 1 }');
    expect(await lastRelease(root, here)).toEqual({
      document: { at: 1 },
      name: "HEAD, as there is no release tag with openapi/apple.json",
    });
    git(root, "tag", "v1.0.0");
    git(root, "tag", "something-else");
    await commit(root, '{ "at": 2 }');
    expect(await lastRelease(root, here)).toEqual({ document: { at: 1 }, name: "v1.0.0" });
  });
});
