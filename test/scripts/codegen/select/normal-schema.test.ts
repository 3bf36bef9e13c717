import { describe, expect, test } from "vitest";
import { type JsonObject, pretty } from "../../../../scripts/codegen/document/json.js";
import { type Edit, operation, reported, schema } from "../support/edit.js";
import { at, attributes, library, selected } from "../support/library.js";

const pages = (document: JsonObject) => at(attributes(document, "Book"), "pages");
const title = (document: JsonObject) => at(attributes(document, "Book"), "title");
const note = (document: JsonObject) => attributes(document, "BookCreateRequest");

function expectSame(edit: Edit): void {
  const [before, after] = [library(), library()];
  edit(after);
  expect(pretty(selected(after))).toBe(pretty(selected(before)));
}

describe("a keyword that allows everything is left out:", () => {
  test.each([
    ["unevaluatedProperties", true],
    ["patternProperties", {}],
    ["dependentRequired", {}],
    ["dependentSchemas", {}],
    ["propertyNames", true],
    ["not", false],
    ["if", { required: ["title"] }],
    ["then", { required: ["title"] }],
    ["minContains", 2],
    ["$id", "https://library.example/book"],
    ["$schema", "https://json-schema.org/draft/2020-12/schema"],
    ["$anchor", "book"],
    ["$defs", { Page: { type: "string" } }],
    ["definitions", { Page: { type: "string" } }],
    ["xml", { name: "book" }],
  ])("%s", (keyword, value) => {
    expectSame((d) => Object.assign(schema(d, "Book"), { [keyword]: value }));
  });

  test("a pattern that matches every text", () => {
    expectSame((d) => Object.assign(title(d), { pattern: ".*" }));
  });

  test("the encoding of nothing", () => {
    expectSame((d) => {
      at(operation(d, "/v1/books", "post"), "requestBody", "content", "application/json").encoding = {};
    });
  });
});

test("alternatives that are only types are a list of types", () => {
  const [list, choice] = [library(), library()];
  note(list).note = { type: ["integer", "string"] };
  note(choice).note = { anyOf: [{ type: "string" }, { type: "integer" }] };
  expect(pretty(selected(choice))).toBe(pretty(selected(list)));
});

describe("of two ways to write a number,", () => {
  test("a multiple of 1 is an integer", () => {
    expectSame((d) => Object.assign(pages(d), { type: "number", multipleOf: 1 }));
    expectSame((d) => Object.assign(pages(d), { multipleOf: 1 }));
  });

  test("the bound that allows less counts", () => {
    expectSame((d) => Object.assign(pages(d), { exclusiveMaximum: 5001, exclusiveMinimum: -5 }));
    expectSame((d) => Object.assign(pages(d), { exclusiveMaximum: 5001, maximum: 9000 }));
  });
});

describe("null", () => {
  test("stays allowed when allOf splits a schema", () => {
    expectSame((d) => {
      note(d).note = { allOf: [{ type: "string", nullable: true }, {}] };
    });
    expectSame((d) => {
      note(d).note = { allOf: [{ type: "string", nullable: true }, { description: "Words." }] };
    });
  });

  test("is not allowed when a part of allOf has a type without it", () => {
    expect(
      reported((d) => {
        note(d).note = { allOf: [{ type: "string", nullable: true }, { type: "string" }] };
      }),
    ).toEqual(["! BookCreateRequest: data.attributes.note is no longer nullable"]);
  });

  test.each([
    [{ oneOf: [{ type: "string" }, { type: "null" }] }],
    [{ anyOf: [{ enum: [null] }, { type: "string" }] }],
    [{ oneOf: [{ type: "string" }, { const: null }] }],
    [{ type: ["null", "string"] }],
  ])("is allowed by %j", (nullable) => {
    expectSame((d) => {
      note(d).note = nullable;
    });
  });

  test("among the values of an enum without a type is reported", () => {
    expect(
      reported((d) => Object.assign(attributes(d, "Book"), { state: { enum: ["NEW", "WORN", null] } })),
    ).toEqual(["! Book: attributes.state is now nullable"]);
  });
});

describe("a reference to a schema in another part of the document", () => {
  const limit = (document: JsonObject) => at(document, "components", "parameters", "Limit");

  test("is that schema", () => {
    expectSame((d) => {
      at(d, "components", "parameters").Size = { name: "size", in: "query", schema: limit(d).schema ?? {} };
      limit(d).schema = { $ref: "#/components/parameters/Size/schema" };
    });
    expectSame((d) => {
      at(d, "paths", "/v1/readers", "get").parameters = [
        { name: "limit", in: "query", schema: limit(d).schema ?? {} },
      ];
      limit(d).schema = { $ref: "#/paths/~1v1~1readers/get/parameters/0/schema" };
    });
  });

  test("is refused when there is something else", () => {
    const document = library();
    limit(document).schema = { $ref: "#/paths/~1v1~1readers/get" };
    expect(() => selected(document)).toThrow("which is not a schema");
  });
});
