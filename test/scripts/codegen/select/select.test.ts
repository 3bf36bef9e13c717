import { describe, expect, test } from "vitest";
import { type JsonObject, pretty } from "../../../../scripts/codegen/document/json.js";
import { operationsById } from "../../../../scripts/codegen/document/operations.js";
import { schemasOf } from "../../../../scripts/codegen/document/schemas.js";
import { at, covered, library, reordered, selected } from "../support/library.js";

const chosen = (document: JsonObject) => selected(document);

describe("a selection", () => {
  test("holds the covered operations and every schema they reach, and no other", () => {
    const selection = chosen(library());
    expect([...operationsById(selection).keys()].sort()).toEqual([...covered.keys()].sort());
    expect(Object.keys(schemasOf(selection))).toEqual([
      "Book",
      "BookCreateRequest",
      "BookResponse",
      "BooksResponse",
      "ErrorResponse",
      "Shelf",
    ]);
    expect(Object.keys(at(selection, "components", "securitySchemes"))).toEqual(["bearer"]);
  });

  test("holds no prose, and keeps what is only named like prose", () => {
    const selection = chosen(library());
    expect(pretty(selection)).not.toMatch(/prose/i);
    expect(pretty(selection)).not.toContain("x-platform");
    const attributes = at(
      selection,
      "components",
      "schemas",
      "Book",
      "properties",
      "attributes",
      "properties",
    );
    expect(attributes).toMatchObject({ title: { type: "string" }, description: { type: "string" } });
  });

  test("is the same whatever the order of keys, and of what is a set", () => {
    const other = library();
    const response = at(other, "components", "schemas", "BookResponse", "properties", "included", "items");
    response.oneOf = [...(Array.isArray(response.oneOf) ? response.oneOf : [])].reverse();
    at(other, "components", "schemas", "Book").required = ["id", "type"];
    at(other, "components", "schemas", "Book", "properties", "attributes", "properties", "state").enum = [
      "WORN",
      "NEW",
    ];
    const get = at(other, "paths", "/v1/books", "get");
    get.parameters = [...(Array.isArray(get.parameters) ? get.parameters : [])].reverse();
    expect(pretty(chosen(reordered(other)))).toBe(pretty(chosen(library())));
  });

  test("does not depend on Apple's name for the API", () => {
    const other = library();
    other.info = { title: "Another title", version: "1.0", "x-platforms": { library: "Library" } };
    expect(chosen(other)).toEqual(chosen(library()));
  });

  test("selected again is itself", () => {
    const once = chosen(library());
    expect(pretty(chosen(once))).toBe(pretty(once));
  });

  test("follows references to parameters, responses and whole paths", () => {
    const other = library();
    other.components = { ...at(other, "components"), pathItems: { Books: at(other, "paths", "/v1/books") } };
    at(other, "paths")["/v1/books"] = { $ref: "#/components/pathItems/Books" };
    expect(chosen(other)).toEqual(chosen(library()));
    expect(operationsById(chosen(other)).get("books_getCollection")?.parameters.get("query limit")).toEqual({
      in: "query",
      name: "limit",
      schema: { maximum: 200, type: "integer" },
    });
  });

  test("follows a chain of references to a path, and refuses one without an end", () => {
    const other = library();
    const pathItems: JsonObject = { Books: at(other, "paths", "/v1/books"), Alias: {} };
    pathItems.Alias = { $ref: "#/components/pathItems/Books" };
    other.components = { ...at(other, "components"), pathItems };
    at(other, "paths")["/v1/books"] = { $ref: "#/components/pathItems/Alias" };
    expect(chosen(other)).toEqual(chosen(library()));
    pathItems.Books = { $ref: "#/components/pathItems/Alias" };
    expect(() => chosen(other)).toThrow("path /v1/books refers to");
  });

  test("accepts names that objects inherit, such as constructor", () => {
    const text = JSON.stringify(library())
      .replaceAll("#/components/schemas/Shelf", "#/components/schemas/__proto__")
      .replace('"Shelf":', '"__proto__":');
    const selection = chosen(JSON.parse(text));
    expect(Object.keys(schemasOf(selection))).toContain("__proto__");
    expect(pretty(selection)).toContain('"constructor"');
    const missing = library();
    at(missing, "components", "schemas", "Book", "properties").sequel = {
      $ref: "#/components/schemas/toString",
    };
    expect(() => chosen(missing)).toThrow(
      "schema Book refers to #/components/schemas/toString, which does not exist",
    );
  });

  test.each([
    ["#/components/schemas/Gone", "which does not exist"],
    ["other.json#/Book", "which is outside the document"],
    ["#/components/parameters/Limit", "which is not a schema"],
  ])("refuses a reference to %s", (ref, reason) => {
    const other = library();
    at(other, "components", "schemas", "Shelf", "properties", "books").items = { $ref: ref };
    expect(() => chosen(other)).toThrow(`schema Shelf refers to ${ref}, ${reason}`);
  });

  test("refuses a reference that comes back to itself", () => {
    const other = library();
    at(other, "components", "responses").Bad = { $ref: "#/components/responses/Bad" };
    expect(() => chosen(other)).toThrow("which refers to itself");
  });

  test("ignores a dangling reference outside the covered area", () => {
    const other = library();
    at(other, "components", "schemas", "Reader", "properties").name = { $ref: "#/components/schemas/Gone" };
    expect(chosen(other)).toEqual(chosen(library()));
  });

  test("refuses a covered operationId that appears twice", () => {
    const other = library();
    at(other, "paths", "/v1/readers", "get").operationId = "books_getInstance";
    expect(() => chosen(other)).toThrow(
      "operationId books_getInstance appears twice: GET /v1/books/{id} and GET /v1/readers",
    );
  });
});
