import { describe, expect, test } from "vitest";
import { firstTestFailure, firstTypeError } from "../../../scripts/codegen/verify.js";
import { folder, write } from "./support/library.js";

describe("the first place that no longer fits", () => {
  test("is a line of the client before one of a test", async () => {
    const root = await folder();
    await write(root, "src/packages.ts", "const a = 1;\n  return endpoints.gone;\n");
    const output = [
      "test/client.test.ts(3,4): error TS2304: Cannot find name 'x'.",
      "src/packages.ts(2,20): error TS2339: Property 'gone' does not exist on type '{}'.",
      "",
    ].join("\n");
    expect(await firstTypeError(root, output)).toEqual({
      fits: false,
      part: "src",
      first:
        "src/packages.ts(2,20): error TS2339: Property 'gone' does not exist on type '{}'.\n" +
        "    return endpoints.gone; (and 1 more: npm run typecheck)",
    });
    expect(await firstTypeError(root, output.split("\n")[0] ?? "")).toMatchObject({ part: "test" });
    expect(await firstTypeError(root, "error TS5083: no config")).toEqual({
      fits: false,
      part: "other",
      first: "the type check failed: error TS5083: no config",
    });
  });

  test("is the first failed test, or the file that could not run", () => {
    const failed = { status: "failed", fullName: "a list is paged", failureMessages: ["expected 1\nat …"] };
    const report = (result: object) =>
      `some text\n${JSON.stringify({ testResults: [{ name: "ok" }, result] })}`;
    expect(
      firstTestFailure(
        "/project",
        report({ name: "/project/test/a.test.ts", assertionResults: [{ status: "passed" }, failed] }),
      ),
    ).toBe("test/a.test.ts: a list is paged: expected 1");
    expect(
      firstTestFailure(
        "/project",
        report({ name: "/project/test/b.test.ts", status: "failed", message: "no export" }),
      ),
    ).toBe("test/b.test.ts: no export");
    expect(firstTestFailure("/project", "crashed\nout of memory")).toBe("the tests failed: out of memory");
  });
});
