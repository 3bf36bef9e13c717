import { expect, test } from "vitest";
import { table } from "../../src/cli/output.js";
import { adp } from "./support/adp.js";
import { fakeApple } from "./support/apple.js";

// Escape sequences in their forms of 7 and 8 bits, delete, and a mark that turns the order of what follows.
const HARMFUL = ["\u001b[2J", "\u009b2J", "\u007f", "\u202e", "\u2066"];

test("characters that change a terminal are replaced in text, and escaped in JSON", async () => {
  const name = HARMFUL.join("x");
  const { env } = await fakeApple({
    "GET /v1/apps": { data: [{ type: "apps", id: "1", attributes: { bundleId: "b", name } }] },
  });
  const [text, json] = [await adp(["apps"], env), await adp(["apps", "--json"], env)];
  for (const { stdout } of [text, json]) {
    for (const [character = ""] of HARMFUL) expect(stdout).not.toContain(character);
  }
  expect(text.stdout).toMatch(/^1 {3}b {10}�\[2Jx�2Jx�x�x�$/m);
  expect(JSON.parse(json.stdout)).toMatchObject({ data: [{ attributes: { name } }] });
});

test("a table's columns are aligned where characters take two columns of a terminal, or none", () => {
  const rows = [
    ["NAME", "URL"],
    ["市場アプリ", "a"],
    ["한국 앱", "b"],
    ["Café cafe\u0301", "c"],
    ["🛒 shop", "d"],
  ];
  expect(table(rows).split("\n")).toEqual([
    "NAME        URL",
    "市場アプリ  a",
    "한국 앱     b",
    "Café cafe\u0301   c",
    "🛒 shop     d",
  ]);
});
