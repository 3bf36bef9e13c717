import { expect, test } from "vitest";
import { diff } from "../../../../scripts/codegen/diff/diff.js";
import { directionsOf } from "../../../../scripts/codegen/diff/directions.js";
import { type JsonObject, pretty } from "../../../../scripts/codegen/document/json.js";
import { operationsById } from "../../../../scripts/codegen/document/operations.js";
import { schemasOf } from "../../../../scripts/codegen/document/schemas.js";
import { select } from "../../../../scripts/codegen/select/select.js";
import { thorough } from "../../../support/thorough.js";
import { edit } from "../support/editor.js";
import { reordered } from "../support/library.js";
import { Random, randomDocument } from "../support/random.js";

const seeds = Array.from({ length: thorough ? 150 : 30 }, (_, seed) => seed);

function selected(document: JsonObject): JsonObject {
  return select(document, new Map([...operationsById(document).keys()].map((id) => [id, {}]))).document;
}

test("a document does not differ from itself, in whatever order", () => {
  for (const seed of seeds) {
    const document = selected(randomDocument(new Random(seed)));
    expect(diff(document, structuredClone(document)), `seed ${seed}`).toEqual([]);
    const other = selected(reordered(randomDocument(new Random(seed))));
    expect(pretty(other), `seed ${seed}`).toBe(pretty(document));
  }
});

test("selecting twice gives the same as selecting once", () => {
  for (const seed of seeds) {
    const once = selected(randomDocument(new Random(seed)));
    expect(pretty(selected(once)), `seed ${seed}`).toBe(pretty(once));
  }
});

test("every edit is named, at its place, and nothing else", () => {
  let count = 0;
  for (const seed of seeds) {
    const before = randomDocument(new Random(seed));
    const after = structuredClone(before);
    const edits = edit(after, new Random(seed + 1000));
    const found = diff(selected(before), selected(after)).map(({ scope, at, kind }) => ({
      scope: "schema" in scope ? scope.schema : "operation" in scope ? scope.operation : "",
      at,
      kind,
    }));
    const order = (list: object[]) => list.map((each) => JSON.stringify(each)).sort();
    expect(order(found), `seed ${seed}`).toEqual(order(edits));
    count += edits.length;
  }
  expect(count).toBeGreaterThan(seeds.length);
});

test("in both directions, the same places differ, and every schema has a direction", () => {
  for (const seed of seeds) {
    const before = randomDocument(new Random(seed));
    const after = structuredClone(before);
    edit(after, new Random(seed + 2000));
    const [a, b] = [selected(before), selected(after)];
    const places = (from: JsonObject, to: JsonObject) =>
      diff(from, to).map(({ at, scope }) => JSON.stringify([at, scope]));
    expect(places(b, a).sort(), `seed ${seed}`).toEqual(places(a, b).sort());
    expect([...directionsOf(a).keys()].sort(), `seed ${seed}`).toEqual(Object.keys(schemasOf(a)));
  }
});
