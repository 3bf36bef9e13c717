import { describe, expect, test } from "vitest";
import { diff } from "../../scripts/codegen/diff/diff.js";
import type { JsonObject } from "../../scripts/codegen/document/json.js";
import { select } from "../../scripts/codegen/select/select.js";
import { at, attributes, covered, library, reordered } from "./library.js";

type Edit = (document: JsonObject) => void;

/** What is said of an edit, breaking lines with a leading `!`. */
function said(edit: Edit, before: Edit = () => {}): string[] {
  const [old, now] = [library(), library()];
  for (const document of [old, now]) before(document);
  edit(now);
  return diff(select(old, covered), select(now, covered)).map(
    ({ scope, breaking, message }) =>
      `${breaking ? "! " : ""}${"schema" in scope ? scope.schema : "operation" in scope ? scope.operation : "API"}: ${message}`,
  );
}

const schema = (document: JsonObject, name: string) => at(document, "components", "schemas", name);
const operation = (document: JsonObject, path: string, method: string) => at(document, "paths", path, method);
const fields = (document: JsonObject) =>
  at(operation(document, "/v1/books", "get"), "parameters", "0", "schema", "items");
const limit = (document: JsonObject) => at(document, "components", "parameters", "Limit");

describe("in a response", () => {
  const book = (document: JsonObject) => attributes(document, "Book");
  test.each<[string, Edit, string[]]>([
    [
      "a property more",
      (d) => (book(d).colour = { type: "string" }),
      ["Book: property attributes.colour added"],
    ],
    ["a property less", (d) => delete book(d).pages, ["! Book: property attributes.pages removed"]],
    [
      "another type",
      (d) => (at(book(d), "pages").type = "string"),
      ["! Book: type of attributes.pages changed from integer to string"],
    ],
    [
      "another format",
      (d) => (at(book(d), "published").format = "date-time"),
      ["! Book: format of attributes.published changed from date to date-time"],
    ],
    [
      "a format more",
      (d) => (at(book(d), "title").format = "uri"),
      ["Book: format of attributes.title changed from none to uri"],
    ],
    ["null", (d) => (at(book(d), "title").nullable = true), ["! Book: attributes.title is now nullable"]],
    [
      "a value more",
      (d) => (at(book(d), "state").enum = ["NEW", "WORN", "LOST"]),
      ["! Book: enum value LOST added to attributes.state"],
    ],
    [
      "a value less",
      (d) => (at(book(d), "state").enum = ["NEW"]),
      ["! Book: enum value WORN removed from attributes.state"],
    ],
    [
      "a list of values less",
      (d) => delete at(book(d), "state").enum,
      ["! Book: values of attributes.state are no longer limited to NEW, WORN"],
    ],
    [
      "no longer required",
      (d) => (schema(d, "Book").required = ["id"]),
      ["! Book: property type is no longer required"],
    ],
    [
      "now required",
      (d) => (schema(d, "ErrorResponse").required = ["code"]),
      ["ErrorResponse: property code is now required"],
    ],
    [
      "a larger limit",
      (d) => (at(book(d), "pages").maximum = 9000),
      ["! Book: limit of attributes.pages changed: maximum from 5000 to 9000"],
    ],
    [
      "a smaller limit",
      (d) => (at(book(d), "pages").minimum = 2),
      ["Book: limit of attributes.pages changed: minimum from 1 to 2"],
    ],
    ["deprecation", (d) => (schema(d, "Shelf").deprecated = true), ["Shelf: schema is deprecated"]],
    [
      "a keyword nobody knows",
      (d) => (at(book(d), "title").pattern = "^A"),
      ["! Book: pattern of attributes.title added"],
    ],
    [
      "an alternative less",
      (d) => {
        at(schema(d, "BookResponse"), "properties", "included", "items").oneOf = [
          { $ref: "#/components/schemas/Book" },
        ];
      },
      ["! BookResponse: alternative Shelf removed from included", "! Shelf: schema removed"],
    ],
    [
      "no discriminator",
      (d) => delete at(schema(d, "BookResponse"), "properties", "included", "items").discriminator,
      ["BookResponse: discriminator of included removed"],
    ],
    [
      "another schema",
      (d) =>
        (at(schema(d, "BooksResponse"), "properties", "data").items = { $ref: "#/components/schemas/Shelf" }),
      ["! BooksResponse: type of data changed from Book to Shelf"],
    ],
    [
      "the same schema under no name",
      (d) =>
        (at(schema(d, "BooksResponse"), "properties", "data").items = structuredClone(schema(d, "Book"))),
      ["BooksResponse: data is described by object instead of Book"],
    ],
  ])("%s", (_, edit, expected) => expect(said(edit)).toEqual(expected));
});

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
      "a format less",
      (d) => (at(data(d), "title").format = "uri"),
      `! ${name("format of @.title changed from none to uri")}`,
    ],
  ])("%s", (_, edit, expected) => expect(said(edit)).toEqual([expected]));

  test("a required property more", () => {
    const edit = (document: JsonObject) => {
      data(document).colour = { type: "string" };
      required(document, ["title", "colour"]);
    };
    expect(said(edit)).toEqual([`! ${name("required property @.colour added")}`]);
  });
});

test("a schema that is both sent and read breaks in either direction", () => {
  const share: Edit = (document) => {
    at(schema(document, "BookCreateRequest"), "properties", "data", "properties").book = {
      $ref: "#/components/schemas/Book",
    };
  };
  expect(said((d) => (schema(d, "Book").required = ["id", "type", "attributes"]), share)).toEqual([
    "! Book: property attributes is now required",
  ]);
  expect(said((d) => (schema(d, "Book").required = ["id"]), share)).toEqual([
    "! Book: property type is no longer required",
  ]);
});

describe("of an operation", () => {
  const list = (d: JsonObject) => operation(d, "/v1/books", "get");
  test.each<[string, Edit, string[]]>([
    [
      "a parameter value more",
      (d) => (fields(d).enum = ["title", "state", "shelf", "pages"]),
      ["books_getCollection: enum value pages added to parameter fields[books]"],
    ],
    [
      "a parameter value less",
      (d) => (fields(d).enum = ["title", "state"]),
      ["! books_getCollection: enum value shelf removed from parameter fields[books]"],
    ],
    [
      "a smaller page",
      (d) => (at(limit(d), "schema").maximum = 50),
      ["! books_getCollection: limit of parameter limit changed: maximum from 200 to 50"],
    ],
    [
      "a larger page",
      (d) => (at(limit(d), "schema").maximum = 500),
      ["books_getCollection: limit of parameter limit changed: maximum from 200 to 500"],
    ],
    [
      "a parameter now required",
      (d) => (limit(d).required = true),
      ["! books_getCollection: parameter limit is now required"],
    ],
    [
      "a parameter less",
      (d) => (list(d).parameters = [{ $ref: "#/components/parameters/Limit" }]),
      ["! books_getCollection: parameter fields[books] removed"],
    ],
    [
      "another style",
      (d) => (at(list(d), "parameters", "0").explode = true),
      ["! books_getCollection: explode of parameter fields[books] changed"],
    ],
    ["deprecation", (d) => (list(d).deprecated = true), ["books_getCollection: operation is deprecated"]],
    [
      "no deprecation",
      (d) => delete operation(d, "/v1/books/{id}", "delete").deprecated,
      ["books_deleteInstance: operation is no longer deprecated"],
    ],
    [
      "an error more",
      (d) => (at(list(d), "responses")["429"] = { $ref: "#/components/responses/Bad" }),
      ["books_getCollection: response 429 added"],
    ],
    [
      "an error less",
      (d) => delete at(list(d), "responses")["400"],
      ["books_getCollection: response 400 removed"],
    ],
    [
      "another success",
      (d) => (at(list(d), "responses")["202"] = { description: "" }),
      ["! books_getCollection: response 202 added"],
    ],
    [
      "an optional parameter more",
      (d) => (at(d, "paths", "/v1/books").parameters = [{ name: "sort", in: "query", schema: {} }]),
      ["books_createInstance: parameter sort added", "books_getCollection: parameter sort added"],
    ],
    [
      "a required parameter more",
      (d) =>
        (operation(d, "/v1/books/{id}", "delete").parameters = [
          { name: "why", in: "query", required: true, schema: {} },
        ]),
      ["! books_deleteInstance: required parameter why added"],
    ],
    [
      "an optional body",
      (d) => delete at(operation(d, "/v1/books", "post"), "requestBody").required,
      ["books_createInstance: request body is no longer required"],
    ],
    [
      "no body",
      (d) => delete operation(d, "/v1/books", "post").requestBody,
      ["! books_createInstance: request body removed", "! BookCreateRequest: schema removed"],
    ],
    [
      "another place",
      (d) => {
        at(d, "paths")["/v2/books"] = at(d, "paths", "/v1/books");
        delete at(d, "paths")["/v1/books"];
      },
      [
        "! books_createInstance: operation moved from POST /v1/books to POST /v2/books",
        "! books_getCollection: operation moved from GET /v1/books to GET /v2/books",
      ],
    ],
    [
      "removal",
      (d) => delete at(d, "paths", "/v1/books/{id}").delete,
      ["! books_deleteInstance: operation removed: DELETE /v1/books/{id}"],
    ],
    [
      "another media type",
      (d) => (at(operation(d, "/v1/books", "post"), "requestBody", "content")["text/csv"] = {}),
      ["books_createInstance: content type text/csv added to request body"],
    ],
    ["other servers", (d) => (d.servers = []), ["! API: servers changed"]],
  ])("%s", (_, edit, expected) => expect(said(edit)).toEqual(expected));

  test("addition", () => {
    const without: Edit = (document) => delete at(document, "paths", "/v1/books/{id}").delete;
    const add: Edit = (document) => {
      at(document, "paths", "/v1/books/{id}").delete = operation(library(), "/v1/books/{id}", "delete");
    };
    expect(said(add, without)).toEqual(["books_deleteInstance: operation added: DELETE /v1/books/{id}"]);
  });
});

test("order, prose, tags and what is not covered are no differences", () => {
  expect(
    said((document) => {
      Object.assign(document, reordered(document));
      operation(document, "/v1/books", "get").tags = ["Other"];
      operation(document, "/v1/books", "get").description = "Other prose.";
      schema(document, "Reader").type = "string";
      document.info = { version: "2.0", title: "Other" };
    }),
  ).toEqual([]);
});
