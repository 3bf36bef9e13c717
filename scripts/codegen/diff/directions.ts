import { arrayAt, isObject, type Json, type JsonObject, member, objectAt } from "../document/json.js";
import { operationsOf } from "../document/operations.js";
import { schemaName } from "../document/references.js";
import type { Direction } from "./change.js";

/** For every schema of a selection: whether it is sent, read, or both. */
export function directionsOf(document: JsonObject): Map<string, Set<Direction>> {
  const found = new Map<string, Set<Direction>>();
  const schemas = objectAt(objectAt(document, "components"), "schemas");

  function visit(node: Json | undefined, direction: Direction): void {
    for (const name of references(node)) {
      const directions = found.get(name) ?? new Set();
      if (directions.has(direction)) continue;
      found.set(name, directions.add(direction));
      visit(member(schemas, name), direction);
    }
  }
  for (const { body, parameters } of operationsOf(document)) {
    for (const parameter of parameters.values()) visit(parameter, "request");
    visit(member(body, "requestBody"), "request");
    visit(member(body, "responses"), "response");
  }
  return found;
}

function* references(node: Json | undefined): Generator<string> {
  for (const value of Array.isArray(node) ? node : isObject(node) ? Object.values(node) : [])
    yield* references(value);
  const ref = member(node, "$ref");
  const name = typeof ref === "string" ? schemaName(ref) : undefined;
  if (name !== undefined) yield name;
}

/** The schemas of a document, by name. */
export function schemasOf(document: JsonObject): JsonObject {
  return objectAt(objectAt(document, "components"), "schemas");
}

/** The types a schema allows without null, sorted; empty when it says nothing. */
export function typesOf(schema: JsonObject): string[] {
  const type = member(schema, "type");
  const types = typeof type === "string" ? [type] : arrayAt(schema, "type").map(String);
  return types.filter((each) => each !== "null").sort();
}

/** Null is a value of it: OpenAPI 3.0 and 3.1 say so differently. */
export function isNullable(schema: JsonObject): boolean {
  return member(schema, "nullable") === true || arrayAt(schema, "type").includes("null");
}
