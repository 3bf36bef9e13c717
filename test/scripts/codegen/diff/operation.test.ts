import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { type Edit, operation, reported, schema } from "../support/edit.js";
import { at, library, reordered } from "../support/library.js";

const fields = (document: JsonObject) =>
  at(operation(document, "/v1/books", "get"), "parameters", "0", "schema", "items");
const limit = (document: JsonObject) => at(document, "components", "parameters", "Limit");

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
      "a default of a parameter",
      (d) => (at(limit(d), "schema").default = 20),
      ["books_getCollection: default of parameter limit added"],
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
      "a parameter moved to the headers",
      (d) => (limit(d).in = "header"),
      ["! books_getCollection: parameter limit moved from query to header"],
    ],
    [
      "a header in the response",
      (d) => (at(list(d), "responses", "200").headers = { "X-Page": { schema: { type: "string" } } }),
      ["books_getCollection: header X-Page of response 200 added"],
    ],
    [
      "a link in the response",
      (d) => (at(list(d), "responses", "200").links = { next: { operationId: "books_getInstance" } }),
      ["books_getCollection: links of response 200 added"],
    ],
    [
      "a callback",
      (d) => (list(d).callbacks = { done: { "{$request.body#/url}": { post: { responses: {} } } } }),
      ["books_getCollection: callback done added"],
    ],
    [
      "servers of a path",
      (d) => (at(d, "paths", "/v1/books").servers = [{ url: "https://library.example/next" }]),
      ["! /v1/books: servers changed from https://library.example to https://library.example/next"],
    ],
    [
      "servers of an operation",
      (d) => (list(d).servers = [{ url: "https://library.example/next" }]),
      ["! books_getCollection: servers changed from https://library.example to https://library.example/next"],
    ],
    [
      "another key of a path",
      (d) => (at(d, "paths", "/v1/books").cached = true),
      ["! /v1/books: cached of path added"],
    ],
    [
      "a second server",
      (d) => (d.servers = [{ url: "https://library.example/" }, { url: "https://library.example/b" }]),
      [
        "API: servers changed from https://library.example to https://library.example, https://library.example/b",
      ],
    ],
    [
      "another way to authenticate",
      (d) => (list(d).security = [{ unused: [] }]),
      ["API: security scheme unused added", "! books_getCollection: security changed"],
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
    [
      "other servers",
      (d) => (d.servers = []),
      ["! API: servers changed from https://library.example to none"],
    ],
  ])("%s", (_, edit, expected) => expect(reported(edit)).toEqual(expected));

  test("addition", () => {
    const without: Edit = (document) => delete at(document, "paths", "/v1/books/{id}").delete;
    const add: Edit = (document) => {
      at(document, "paths", "/v1/books/{id}").delete = operation(library(), "/v1/books/{id}", "delete");
    };
    expect(reported(add, without)).toEqual(["books_deleteInstance: operation added: DELETE /v1/books/{id}"]);
  });
});

test("order, prose, tags and what is not covered are no differences", () => {
  expect(
    reported((document) => {
      Object.assign(document, reordered(document));
      operation(document, "/v1/books", "get").tags = ["Other"];
      operation(document, "/v1/books", "get").description = "Other prose.";
      schema(document, "Reader").type = "string";
      document.info = { version: "2.0", title: "Other" };
    }),
  ).toEqual([]);
});
