import { expect, test } from "vitest";
import { findJsonFault } from "../src/json-position.js";
import { seededRandom } from "./support/random.js";
import { thorough } from "./support/thorough.js";

test.each([
  ['{ "a": 1,\n"b": [true, null, -1.5e3, "\\u00e9\\n"] }', undefined],
  ["{}", undefined],
  ['{"a": "\u007f\u0085\ud800"}', undefined],
  ['["a"b]', { line: 1, isTrailingComma: false }],
  [" [ ] \n", undefined],
  ["", { line: 1, isTrailingComma: false }],
  ['{\n"a": 1,\n}', { line: 2, isTrailingComma: true }],
  ['{"a": [1,\r\n]}', { line: 1, isTrailingComma: true }],
  ['{\n  "a": 1\n  "b": 2\n}', { line: 3, isTrailingComma: false }],
  ['{\n"a": "x', { line: 2, isTrailingComma: false }],
  ['{\n"a": "x"\n', { line: 3, isTrailingComma: false }],
  ["{\n'a': 1}", { line: 2, isTrailingComma: false }],
  ['{\n"a": x}', { line: 2, isTrailingComma: false }],
  ['{"a": 1}\n\nx', { line: 3, isTrailingComma: false }],
  ['{"a": "two\nlines"}', { line: 1, isTrailingComma: false }],
])("%j: %j", (text, fault) => {
  expect(findJsonFault(text)).toEqual(fault);
});

test("finds a fault exactly where JSON.parse finds one, in texts of random tokens", () => {
  const tokens = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"k"',
    '"\\n"',
    '"\u007f"',
    "1",
    "-0.5e1",
    "01",
    "true",
    "nul",
    " ",
    "\n",
  ];
  const random = seededRandom(7);
  for (let run = 0; run < (thorough ? 20_000 : 5000); run++) {
    const length = 1 + Math.floor(random() * 8);
    const text = Array.from({ length }, () => tokens[Math.floor(random() * tokens.length)]).join("");
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    expect(findJsonFault(text) === undefined, JSON.stringify(text)).toBe(isJson);
  }
});
