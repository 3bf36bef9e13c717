import { expect, test } from "vitest";
import type { ListDeliveriesQuery } from "../../src/index.js";
import { clientOver, failure } from "../support/client.js";
import { json, page } from "../support/documents.js";

/** Lists with a query that callers in JavaScript may give: no compiler checks it. */
function list(query: object) {
  const { client, sent } = clientOver(() => json(page([])));
  // The cast stands for callers in JavaScript.
  const items = client.webhooks.listDeliveries("W", query as ListDeliveriesQuery).toArray();
  return { items, search: () => sent.map(({ url }) => url.split("?")[1]) };
}

test("values are escaped, lists have commas, and what is undefined, null or empty is left out", async () => {
  const { items, search } = list({
    "filter[text]": "a b,c&d=é",
    "filter[list]": ["x", "y,z", 1],
    "exists[app]": false,
    a: undefined,
    b: null,
    c: [],
    limit: 0,
  });
  await items;
  expect(search()).toEqual([
    "filter[text]=a%20b%2Cc%26d%3D%C3%A9&filter[list]=x,y%2Cz,1&exists[app]=false&limit=0",
  ]);
});

test.each([
  [new Date(0), "object"],
  [[new Date(0)], "object"],
  [["a", undefined], "undefined"],
  [[null], "null"],
  [[["a"]], "a list"],
  [{ a: 1 }, "object"],
  [new Map(), "object"],
  [() => "a", "function"],
  ["a\ud800", "text with an unpaired surrogate"],
  [["a", "\udfff"], "text with an unpaired surrogate"],
])("a value that has no text, or half a character, is refused by name: %o", async (value, got) => {
  const name = "filter[createdDateLessThan]";
  const { items, search } = list({ [name]: value });
  const error = await failure(items);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toBe(
    `TypeError: ${name}: expected text, a number, a boolean or a list of them, got ${got}`,
  );
  expect(search()).toEqual([]);
});
