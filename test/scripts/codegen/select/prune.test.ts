import { describe, expect, test } from "vitest";
import { type JsonObject, pretty, stringAt } from "../../../../scripts/codegen/document/json.js";
import { operationsById } from "../../../../scripts/codegen/document/operations.js";
import { schemasOf } from "../../../../scripts/codegen/document/schemas.js";
import { generateTypes } from "../../../../scripts/codegen/generate/types.js";
import type { Taken } from "../../../../scripts/codegen/select/prune.js";
import { select } from "../../../../scripts/codegen/select/select.js";
import { assignments, typeErrors } from "../support/compile.js";
import { at } from "../support/library.js";
import { films } from "../support/resources.js";

const whole = { films_list: {}, films_get: {} };

function pruned(entries: Readonly<Record<string, Taken>>, document = films()) {
  return select(document, new Map(Object.entries(entries)));
}

function parameterNames(document: JsonObject, operationId: string) {
  return [...(operationsById(document).get(operationId)?.parameters.values() ?? [])].map((each) =>
    stringAt(each, "name"),
  );
}

function values(document: JsonObject, operationId: string, name: string) {
  return operationsById(document).get(operationId)?.parameters.get(`query ${name}`)?.schema;
}

describe("an entry that lists", () => {
  test("nothing takes everything", () => {
    const { document, pruned: names } = pruned(whole);
    expect(Object.keys(schemasOf(document))).toEqual([
      "Film",
      "FilmResponse",
      "FilmsResponse",
      "Jury",
      "Person",
      "Prize",
      "Secret",
    ]);
    expect([...names]).toEqual([]);
  });

  test("parameters takes no others", () => {
    const { document } = pruned({ ...whole, films_list: { parameters: ["filter[title]", "limit"] } });
    expect(parameterNames(document, "films_list")).toEqual(["filter[title]", "limit"]);
    expect(parameterNames(document, "films_get")).toEqual(["fields[films]", "include"]);
  });

  test("values of include takes no others, nor what only they lead to", () => {
    const { document } = pruned({ films_list: { include: ["prizes"] }, films_get: { include: [] } });
    expect(parameterNames(document, "films_list")).toEqual([
      "fields[films]",
      "fields[prizes]",
      "filter[title]",
      "filter[year]",
      "include",
      "limit",
    ]);
    expect(values(document, "films_list", "include")).toEqual({
      type: "array",
      items: { type: "string", enum: ["prizes"] },
    });
    expect(parameterNames(document, "films_get")).toEqual(["fields[films]"]);
    const { FilmResponse, FilmsResponse, ...schemas } = schemasOf(document);
    expect(Object.keys(schemas)).toEqual(["Film", "Prize", "Secret"]);
    expect(pretty(FilmResponse ?? null)).not.toContain("included");
    // The rest of what Apple could include has a type and an id only.
    expect(at({ s: FilmsResponse ?? null }, "s", "properties", "included", "items").anyOf).toEqual([
      { $ref: "#/components/schemas/Prize" },
      {
        type: "object",
        properties: { id: { type: "string" }, type: { type: "string" } },
        required: ["id", "type"],
      },
    ]);
  });

  test("a path of relationships takes both ends", () => {
    const include = ["prizes", "prizes.jury"];
    const { document } = pruned({ films_list: { include }, films_get: { include } });
    expect(Object.keys(schemasOf(document))).toEqual([
      "Film",
      "FilmResponse",
      "FilmsResponse",
      "Jury",
      "Prize",
      "Secret",
    ]);
  });

  test("attributes and relationships takes no others, in every answer and parameter", () => {
    const own = { attributes: ["title"], relationships: ["prizes"] };
    const { document, pruned: names } = pruned({ films_list: own, films_get: own });
    expect([...names]).toEqual(["Film"]);
    expect(
      Object.keys(at(document, "components", "schemas", "Film", "properties", "attributes", "properties")),
    ).toEqual(["title"]);
    expect(
      Object.keys(at(document, "components", "schemas", "Film", "properties", "relationships", "properties")),
    ).toEqual(["prizes"]);
    expect(schemasOf(document)).not.toHaveProperty("Secret");
    expect(values(document, "films_get", "fields[films]")).toEqual({
      type: "array",
      items: { type: "string", enum: ["prizes", "title"] },
    });
  });

  test("attributes takes what any entry takes of the same resource", () => {
    const { document } = pruned({
      films_list: { attributes: ["title"] },
      films_get: { attributes: ["year"] },
    });
    const names = Object.keys(
      at(document, "components", "schemas", "Film", "properties", "attributes", "properties"),
    );
    expect(names).toEqual(["title", "year"]);
    expect([...pruned({ films_list: { attributes: ["title"] }, films_get: {} }).pruned]).toEqual([]);
  });

  test("no relationships leaves them out", () => {
    const { document } = pruned({ films_list: { relationships: [] }, films_get: { relationships: [] } });
    expect(Object.keys(at(document, "components", "schemas", "Film", "properties"))).toEqual([
      "attributes",
      "id",
      "type",
    ]);
  });

  test("what does not exist is reported", () => {
    const { unknown } = pruned({
      ...whole,
      films_get: {
        parameters: ["sort"],
        include: ["studio"],
        attributes: ["budget"],
        relationships: ["cast"],
      },
    });
    expect(unknown).toEqual(
      ["parameter sort", "include value studio", "attribute budget of Film", "relationship cast of Film"].map(
        (what) => ({ operationId: "films_get", what }),
      ),
    );
  });
});

const own = { include: ["prizes"], attributes: ["title"], relationships: ["prizes"] };
const some = { films_list: { ...own, parameters: ["limit"] }, films_get: own };

test("pruning again changes nothing", () => {
  const once = pruned(some);
  expect(pruned(some, once.document)).toEqual(once);
});

test("every value of a whole type is one of the pruned type", async () => {
  const selection = pruned(some);
  const files = {
    "full.ts": await generateTypes(pruned(whole).document),
    "pruned.ts": await generateTypes(selection.document),
    "check.ts": assignments(Object.keys(schemasOf(selection.document))),
  };
  expect(typeErrors(files)).toEqual([]);
});
