import { expect, test } from "vitest";
import { readArguments } from "../../../scripts/bench/arguments.js";

const parts = ["core", "size"];

test("without names all parts are measured, and only --write writes", () => {
  expect(readArguments([], parts)).toEqual({ names: parts, write: false });
  expect(readArguments(["size", "--write"], parts)).toEqual({ names: ["size"], write: true });
});

test.each([
  ["--quick", "flag --quick"],
  ["cores", 'part "cores"'],
])("%s is refused with a line that names what there is", (arg, unknown) => {
  expect(readArguments([arg], parts)).toBe(
    `bench: there is no ${unknown}; the only flag is --write, and the parts are core, size`,
  );
});
