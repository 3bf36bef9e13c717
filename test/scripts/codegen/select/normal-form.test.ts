import { describe, expect, test } from "vitest";
import { pretty } from "../../../../scripts/codegen/document/json.js";
import { type Edit, operation, reported, schema } from "../support/edit.js";
import { at, attributes, library, selected } from "../support/library.js";

const list = (document: Parameters<Edit>[0]) => operation(document, "/v1/books", "get");
const limit = (document: Parameters<Edit>[0]) => at(document, "components", "parameters", "Limit");
const book = (document: Parameters<Edit>[0]) => attributes(document, "Book");
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("two ways to write the same are one", () => {
  test.each<[string, Edit]>([
    [
      "const for a single value",
      (d) => {
        schemaType(d, "Book", { type: "string", const: "books" });
      },
    ],
    [
      "a reference inside allOf",
      (d) => {
        at(schema(d, "BookResponse"), "properties").data = { allOf: [ref("Book")] };
      },
    ],
    [
      "a whole schema inside allOf",
      (d) => {
        at(d, "components", "schemas").Book = { allOf: [schema(d, "Book")] };
      },
    ],
    [
      "allOf with a part that adds nothing",
      (d) => {
        at(schema(d, "BookResponse"), "properties").data = { allOf: [ref("Book"), { type: "object" }] };
      },
    ],
    [
      "a schema split by allOf",
      (d) => {
        const { properties, ...rest } = schema(d, "Book");
        const { attributes: own, ...others } = at({ properties: properties ?? {} }, "properties");
        at(d, "components", "schemas").Book = {
          allOf: [
            { ...rest, properties: others },
            { type: "object", properties: { attributes: own ?? {} } },
          ],
        };
      },
    ],
    [
      "a schema split by allOf into another schema",
      (d) => {
        const { properties, ...rest } = schema(d, "Book");
        const { attributes: own, ...others } = at({ properties: properties ?? {} }, "properties");
        at(d, "components", "schemas").BookBase = { ...rest, properties: others };
        at(d, "components", "schemas").Book = {
          allOf: [ref("BookBase"), { properties: { attributes: own ?? {} } }],
        };
      },
    ],
    [
      "required spread over allOf",
      (d) => {
        at(d, "components", "schemas").Shelf = {
          allOf: [{ ...schema(d, "Shelf"), required: ["id"] }, { required: ["type"] }],
        };
      },
    ],
    [
      "one alternative",
      (d) => {
        at(schema(d, "BookResponse"), "properties").data = { oneOf: [ref("Book")] };
      },
    ],
    [
      "the style that parameters have anyway",
      (d) => {
        limit(d).style = "form";
      },
    ],
    [
      "explode of a scalar",
      (d) => {
        limit(d).explode = false;
      },
    ],
    [
      "required: false",
      (d) => {
        limit(d).required = false;
      },
    ],
    [
      "allowReserved: false",
      (d) => {
        limit(d).allowReserved = false;
      },
    ],
    [
      "deprecated: false",
      (d) => {
        list(d).deprecated = false;
      },
    ],
    [
      "minItems: 0",
      (d) => {
        at(schema(d, "Shelf"), "properties", "books").minItems = 0;
      },
    ],
    [
      "minLength: 0",
      (d) => {
        at(book(d), "title").minLength = 0;
      },
    ],
    [
      "nullable: false",
      (d) => {
        at(book(d), "title").nullable = false;
      },
    ],
    [
      "additionalProperties: true",
      (d) => {
        schema(d, "Book").additionalProperties = true;
      },
    ],
    [
      "additionalProperties: {}",
      (d) => {
        schema(d, "Book").additionalProperties = {};
      },
    ],
    [
      "exclusiveMinimum: false",
      (d) => {
        at(book(d), "pages").exclusiveMinimum = false;
      },
    ],
    [
      "an exclusive bound of integers",
      (d) => {
        Object.assign(at(book(d), "pages"), { minimum: 0, exclusiveMinimum: true });
      },
    ],
    [
      "an exclusive bound of integers as in OpenAPI 3.1",
      (d) => {
        delete at(book(d), "pages").minimum;
        at(book(d), "pages").exclusiveMinimum = 0;
      },
    ],
    [
      "a type beside properties",
      (d) => {
        delete schema(d, "Shelf").type;
      },
    ],
    [
      "an empty list of required properties",
      (d) => {
        schema(d, "ErrorResponse").required = [];
      },
    ],
    [
      "a value that stands twice",
      (d) => {
        at(book(d), "state").enum = ["NEW", "WORN", "NEW"];
      },
    ],
    [
      "a list of one type",
      (d) => {
        at(book(d), "title").type = ["string"];
      },
    ],
    [
      "a reference into a schema",
      (d) => {
        at(schema(d, "ErrorResponse"), "properties").code = {
          $ref: "#/components/schemas/Reader/properties/name",
        };
      },
    ],
    [
      "a parameter of the whole path",
      (d) => {
        at(d, "paths", "/v1/books").parameters = [
          { name: "limit", in: "query", schema: { type: "integer", maximum: 200 } },
        ];
        delete at(d, "paths", "/v1/books").post;
        list(d).parameters = [at(list(d), "parameters", "0")];
      },
    ],
  ])("%s", (name, edit) => {
    const [before, after] = [library(), library()];
    if (name === "a parameter of the whole path") delete at(before, "paths", "/v1/books").post;
    edit(after);
    expect(pretty(selected(after))).toBe(pretty(selected(before)));
    expect(pretty(selected(selected(after)))).toBe(pretty(selected(after)));
  });

  test("OpenAPI 3.1's null is nullable", () => {
    const [old, now, choice] = [library(), library(), library()];
    at(book(old), "title").nullable = true;
    at(book(now), "title").type = ["string", "null"];
    book(choice).title = { oneOf: [{ type: "string" }, { type: "null" }] };
    expect(pretty(selected(now))).toBe(pretty(selected(old)));
    expect(pretty(selected(choice))).toBe(pretty(selected(old)));
  });

  test("the trailing slash of a server, and a security scheme spelled out, are no changes", () => {
    const edit: Edit = (document) => {
      document.servers = [{ url: "https://library.example" }];
      list(document).security = [{ bearer: [] }];
      at(document, "paths", "/v1/books").servers = [{ url: "https://library.example/" }];
    };
    expect(reported(edit)).toEqual([]);
  });
});

test("a nullable reference keeps the name of its schema", () => {
  const document = library();
  at(schema(document, "BookResponse"), "properties").data = { allOf: [ref("Book")], nullable: true };
  expect(at(schema(selected(document), "BookResponse"), "properties").data).toEqual({
    allOf: [ref("Book")],
    nullable: true,
  });
  expect(
    reported((d) => {
      at(schema(d, "BookResponse"), "properties").data = { allOf: [ref("Book")], nullable: true };
    }),
  ).toEqual(["! BookResponse: data is now nullable"]);
});

test("what stands beside a reference is kept", () => {
  const document = library();
  at(schema(document, "BookResponse"), "properties").data = { ...ref("Book"), deprecated: true };
  expect(at(schema(selected(document), "BookResponse"), "properties").data).toEqual({
    allOf: [ref("Book")],
    deprecated: true,
  });
});

test("schemas in prefixItems are reached", () => {
  const document = library();
  schema(document, "Shelf").properties = {
    pair: { type: "array", prefixItems: [ref("Reader"), { type: "string" }] },
  };
  expect(at(selected(document), "components", "schemas")).toHaveProperty("Reader");
});

test("selecting leaves its input as it was", () => {
  const document = library();
  list(document).security = [{ unused: [] }];
  const before = pretty(document);
  const selection = selected(document);
  expect(pretty(document)).toBe(before);
  expect(selection.security).toEqual([{ bearer: [] }]);
  expect(Object.keys(at(selection, "components", "securitySchemes"))).toEqual(["bearer", "unused"]);
});

function schemaType(document: Parameters<Edit>[0], name: string, type: object): void {
  Object.assign(at(schema(document, name), "properties"), { type });
}
