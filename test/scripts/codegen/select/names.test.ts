import { describe, expect, test } from "vitest";
import { select } from "../../../../scripts/codegen/select/select.js";
import { at, library, selected } from "../support/library.js";

describe("names that would be other code in generated/ are refused", () => {
  test.each([
    "A-B",
    "A B",
    "1A",
    "a; console.log(1); //",
    "A*/",
    "string",
    "class",
    "Record",
    "paths",
    "x\ny",
  ])("schema %j", (name) => {
    const inPointer = JSON.stringify(name.replaceAll("/", "~1")).slice(1, -1);
    const text = JSON.stringify(library())
      .replaceAll("#/components/schemas/Shelf", `#/components/schemas/${inPointer}`)
      .replaceAll('"Shelf":', `${JSON.stringify(name)}:`);
    expect(() => selected(JSON.parse(text))).toThrow(
      `schema ${JSON.stringify(name)} cannot be the name of a type`,
    );
  });

  test("a path", () => {
    const document = library();
    at(document, "paths")["/v1/books*/ alert(1) /*"] = at(document, "paths", "/v1/books");
    delete at(document, "paths")["/v1/books"];
    expect(() => selected(document)).toThrow("has characters that no path of Apple's has");
  });

  test("a parameter", () => {
    const document = library();
    at(document, "components", "parameters", "Limit").name = 'limit"; evil';
    expect(() => selected(document)).toThrow('has a parameter with the name "limit\\"; evil"');
  });

  test("an operationId", () => {
    const document = library();
    at(document, "paths", "/v1/books", "get").operationId = "](javascript:alert(1))";
    const covered = new Map([["](javascript:alert(1))", {}]]);
    expect(() => select(document, covered)).toThrow("which cannot be a name in the reference");
  });

  test("only where they are reached", () => {
    const document = library();
    at(document, "components", "schemas")["not reached"] = {};
    expect(selected(document)).toEqual(selected(library()));
  });
});
