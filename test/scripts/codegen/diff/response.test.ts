import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { type Edit, reported, schema } from "../support/edit.js";
import { at, attributes } from "../support/library.js";

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
      (d) => (at(book(d), "title").contentEncoding = "base64"),
      ["! Book: contentEncoding of attributes.title added"],
    ],
    ["a pattern", (d) => (at(book(d), "title").pattern = "^A"), ["Book: pattern of attributes.title added"]],
    [
      "another limit that no type has",
      (d) => (at(book(d), "pages").multipleOf = 10),
      ["Book: multipleOf of attributes.pages added"],
    ],
    ["a default", (d) => (at(book(d), "title").default = "A"), ["Book: default of attributes.title added"]],
    ["read-only", (d) => (at(book(d), "title").readOnly = true), ["Book: attributes.title is now read-only"]],
    [
      "write-only",
      (d) => (at(book(d), "title").writeOnly = true),
      ["! Book: attributes.title is now write-only"],
    ],
    [
      "unique items",
      (d) => (at(schema(d, "Shelf"), "properties", "books").uniqueItems = true),
      ["Shelf: books: items now unique"],
    ],
    [
      "no additional properties",
      (d) => (schema(d, "Book").additionalProperties = false),
      ["Book: schema is now closed to additional properties"],
    ],
    [
      "a wider type",
      (d) => (at(book(d), "pages").type = "number"),
      ["! Book: type of attributes.pages changed from integer to number"],
    ],
    [
      "any type",
      (d) => delete at(book(d), "title").type,
      ["! Book: type of attributes.title changed from string to any"],
    ],
    [
      "more than one matching alternative",
      (d) => {
        const items = at(schema(d, "BookResponse"), "properties", "included", "items");
        items.anyOf = items.oneOf ?? [];
        delete items.oneOf;
      },
      ["BookResponse: values of included may match more than one alternative"],
    ],
    [
      "an enum of its own",
      (d) => {
        at(d, "components", "schemas").BookState = { type: "string", enum: ["NEW", "WORN"] };
        book(d).state = { $ref: "#/components/schemas/BookState" };
      },
      ["Book: attributes.state is described by BookState instead of string", "BookState: schema added"],
    ],
    [
      "alternatives under a name of their own",
      (d) => {
        const included = at(schema(d, "BookResponse"), "properties", "included");
        at(d, "components", "schemas").Included = included.items ?? {};
        included.items = { $ref: "#/components/schemas/Included" };
      },
      ["BookResponse: included is described by Included instead of Book or Shelf", "Included: schema added"],
    ],
    [
      "a value more in an enum of its own",
      (d) => {
        at(d, "components", "schemas").BookState = { type: "string", enum: ["LOST", "NEW", "WORN"] };
        book(d).state = { $ref: "#/components/schemas/BookState" };
      },
      [
        "Book: attributes.state is described by BookState instead of string",
        "! Book: enum value LOST added to attributes.state",
        "BookState: schema added",
      ],
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
  ])("%s", (_, edit, expected) => expect(reported(edit)).toEqual(expected));
});
