import { expect, test } from "vitest";
import { nextVersion } from "../../../../scripts/codegen/report/next-version.js";

test.each([
  ["0.1.0", [false], "0.1.1"],
  ["0.1.0", [false, true], "0.2.0"],
  ["0.1.9", [], "0.1.9"],
  ["1.2.3", [false], "1.3.0"],
  ["1.2.3", [true], "2.0.0"],
  ["0.2.0-beta.1", [true], "0.3.0"],
])("after %s with breaking %j comes %s", (current, breaking, next) => {
  expect(
    nextVersion(
      current,
      breaking.map((each) => ({ breaking: each })),
    ).next,
  ).toBe(next);
});
