import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { type Edit, operation, reported } from "../support/edit.js";
import { at } from "../support/library.js";

const scheme = (document: JsonObject) => at(document, "components", "securitySchemes", "bearer");
const OPERATIONS = [
  ["/v1/books", "get"],
  ["/v1/books", "post"],
  ["/v1/books/{id}", "get"],
  ["/v1/books/{id}", "delete"],
] as const;

describe("authentication", () => {
  test.each<[string, Edit]>([
    ["named twice", (d) => (d.security = [{ bearer: [] }, { bearer: [] }])],
    ["in other capitals", (d) => (scheme(d).scheme = "Bearer")],
    ["with a hint for people", (d) => (scheme(d).bearerFormat = "JWT")],
    [
      "behind a reference",
      (d) => {
        at(d, "components", "securitySchemes").token = scheme(d);
        at(d, "components", "securitySchemes").bearer = { $ref: "#/components/securitySchemes/token" };
      },
    ],
    [
      "written at every operation and not for the whole",
      (d) => {
        delete d.security;
        for (const [path, method] of OPERATIONS) operation(d, path, method).security = [{ bearer: [] }];
      },
    ],
  ])("%s is the same", (_, edit) => expect(reported(edit)).toEqual([]));

  test.each<[string, Edit, string[]]>([
    [
      "another way to choose",
      (d) => (d.security = [{ bearer: [] }, { unused: [] }]),
      ["API: security changed", "API: security scheme unused added"],
    ],
    [
      "a scheme more that is needed",
      (d) => (d.security = [{ bearer: [], unused: [] }]),
      ["! API: security changed", "API: security scheme unused added"],
    ],
    ["a scope more", (d) => (d.security = [{ bearer: ["books"] }]), ["! API: security changed"]],
    ["none", (d) => (d.security = []), ["! API: security changed"]],
    [
      "another kind of scheme",
      (d) => Object.assign(scheme(d), { scheme: "basic" }),
      ["! API: security scheme bearer changed"],
    ],
    [
      "none for one operation",
      (d) => (operation(d, "/v1/books", "get").security = []),
      ["! books_getCollection: security changed"],
    ],
  ])("with %s is reported", (_, edit, expected) => expect(reported(edit)).toEqual(expected));

  test("with a scope less is compatible", () => {
    const scoped: Edit = (document) => {
      document.security = [{ bearer: ["books", "shelves"] }];
    };
    expect(reported((d) => (d.security = [{ bearer: ["shelves"] }]), scoped)).toEqual([
      "API: security changed",
    ]);
  });
});
