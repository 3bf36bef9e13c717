import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { type Edit, operation, reported, schema } from "../support/edit.js";
import { at, attributes } from "../support/library.js";

describe("in a request", () => {
  const data = (document: JsonObject) => attributes(document, "BookCreateRequest");
  const required = (document: JsonObject, names: string[]) => {
    at(schema(document, "BookCreateRequest"), "properties", "data", "properties", "attributes").required =
      names;
  };
  const name = (text: string) => `BookCreateRequest: ${text.replaceAll("@", "data.attributes")}`;
  test.each<[string, Edit, string]>([
    ["a property more", (d) => (data(d).colour = { type: "string" }), name("property @.colour added")],
    ["a property less", (d) => delete data(d).note, `! ${name("property @.note removed")}`],
    ["now required", (d) => required(d, ["title", "note"]), `! ${name("property @.note is now required")}`],
    ["no longer required", (d) => required(d, []), name("property @.title is no longer required")],
    [
      "a value more",
      (d) => (at(data(d), "binding").enum = ["HARD", "SOFT", "NONE"]),
      name("enum value NONE added to @.binding"),
    ],
    [
      "a value less",
      (d) => (at(data(d), "binding").enum = ["HARD"]),
      `! ${name("enum value SOFT removed from @.binding")}`,
    ],
    [
      "a list of values",
      (d) => (at(data(d), "title").enum = ["A"]),
      `! ${name("values of @.title are now limited to A")}`,
    ],
    ["null", (d) => (at(data(d), "title").nullable = true), name("@.title is now nullable")],
    ["no null", (d) => delete at(data(d), "note").nullable, `! ${name("@.note is no longer nullable")}`],
    [
      "a larger limit",
      (d) => (at(data(d), "copies").maximum = 11),
      name("limit of @.copies changed: maximum from 10 to 11"),
    ],
    [
      "a smaller limit",
      (d) => (at(data(d), "copies").maximum = 9),
      `! ${name("limit of @.copies changed: maximum from 10 to 9")}`,
    ],
    [
      "a limit more",
      (d) => (at(data(d), "title").maxLength = 9),
      `! ${name("limit of @.title changed: maxLength from none to 9")}`,
    ],
    [
      "a wider type",
      (d) => (at(data(d), "copies").type = "number"),
      name("type of @.copies changed from integer to number"),
    ],
    ["any type", (d) => delete at(data(d), "title").type, name("type of @.title changed from string to any")],
    [
      "another type",
      (d) => (at(data(d), "title").type = "boolean"),
      `! ${name("type of @.title changed from string to boolean")}`,
    ],
    [
      "another limit that no type has",
      (d) => (at(data(d), "copies").multipleOf = 10),
      `! ${name("multipleOf of @.copies added")}`,
    ],
    ["a pattern", (d) => (at(data(d), "title").pattern = "^A"), `! ${name("pattern of @.title added")}`],
    ["a default", (d) => (at(data(d), "title").default = "A"), name("default of @.title added")],
    [
      "a larger number format",
      (d) => (at(data(d), "copies").format = "int64"),
      `! ${name("format of @.copies changed from none to int64")}`,
    ],
    ["read-only", (d) => (at(data(d), "title").readOnly = true), `! ${name("@.title is now read-only")}`],
    ["write-only", (d) => (at(data(d), "title").writeOnly = true), name("@.title is now write-only")],
    [
      "no additional properties",
      (d) => (schema(d, "BookCreateRequest").additionalProperties = false),
      "! BookCreateRequest: schema is now closed to additional properties",
    ],
    [
      "a format less",
      (d) => (at(data(d), "title").format = "uri"),
      `! ${name("format of @.title changed from none to uri")}`,
    ],
  ])("%s", (_, edit, expected) => expect(reported(edit)).toEqual([expected]));

  test("a required property more", () => {
    const edit = (document: JsonObject) => {
      data(document).colour = { type: "string" };
      required(document, ["title", "colour"]);
    };
    expect(reported(edit)).toEqual([`! ${name("required property @.colour added")}`]);
  });
});

describe("what was there before", () => {
  const copies = (document: JsonObject) => at(attributes(document, "BookCreateRequest"), "copies");
  const set =
    (members: object): Edit =>
    (document) =>
      Object.assign(copies(document), members);
  const place = "BookCreateRequest: @ of data.attributes.copies changed";
  test.each<[string, object, object, string]>([
    [
      "a number format",
      { format: "int32" },
      { format: "int64" },
      `${place.replace("@", "format")} from int32 to int64`,
    ],
    [
      "a wide format",
      { format: "int64" },
      { format: "int32" },
      `! ${place.replace("@", "format")} from int64 to int32`,
    ],
    ["a default", { default: 1 }, { default: 2 }, place.replace("@", "default")],
  ])("%s", (_, before, after, expected) => expect(reported(set(after), set(before))).toEqual([expected]));
});

test("a changed default of a parameter breaks those who leave the parameter out", () => {
  const set =
    (value: number): Edit =>
    (document) =>
      Object.assign(at(document, "components", "parameters", "Limit", "schema"), { default: value });
  expect(reported(set(50), set(20))).toEqual(["! books_getCollection: default of parameter limit changed"]);
});

test("a body that can be anything is one change", () => {
  const edit: Edit = (document) => {
    at(operation(document, "/v1/books", "post"), "requestBody", "content")["application/json"] = {};
  };
  expect(reported(edit)).toEqual([
    "books_createInstance: request body is described by any instead of BookCreateRequest",
    "books_createInstance: type of request body changed from object to any",
    "! BookCreateRequest: schema removed",
  ]);
});

test("a schema that is both sent and read breaks in either direction", () => {
  const share: Edit = (document) => {
    at(schema(document, "BookCreateRequest"), "properties", "data", "properties").book = {
      $ref: "#/components/schemas/Book",
    };
  };
  expect(reported((d) => (schema(d, "Book").required = ["id", "type", "attributes"]), share)).toEqual([
    "! Book: property attributes is now required",
  ]);
  expect(reported((d) => (schema(d, "Book").required = ["id"]), share)).toEqual([
    "! Book: property type is no longer required",
  ]);
});
