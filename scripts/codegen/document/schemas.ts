import { mergeAll, partsOf } from "./all-of.js";
import { arrayAt, isObject, type Json, type JsonObject, member, objectAt, stringAt } from "./json.js";
import { schemaName } from "./references.js";

/** The schemas of a document, by name. */
export function schemasOf(document: JsonObject): JsonObject {
  return objectAt(objectAt(document, "components"), "schemas");
}

/**
 * Resolves the reference that a schema is, and merges its `allOf`. The schemas inside the result are not resolved. All
 * code that reads a schema calls this first.
 */
export function follow(schema: Json | undefined, schemas: JsonObject): JsonObject {
  return followFrom(schema, schemas, new Set());
}

function followFrom(schema: Json | undefined, schemas: JsonObject, seen: ReadonlySet<string>): JsonObject {
  if (!isObject(schema)) return {};
  const name = schemaName(stringAt(schema, "$ref"));
  // A schema that refers to itself allows everything.
  if (name !== undefined)
    return seen.has(name) ? {} : followFrom(member(schemas, name), schemas, new Set(seen).add(name));
  if (!("allOf" in schema)) return schema;
  const { allOf: _, ...own } = schema;
  const parts = partsOf(schema).map((part) => followFrom(part, schemas, seen));
  const { nullable, ...rest } = own;
  const merged = mergeAll(Object.keys(rest).length > 0 ? [...parts, rest] : parts);
  if (merged === undefined) return schema;
  return nullable === true ? { ...merged, nullable } : merged;
}

/** The name of the schema that this one refers to, also when it adds annotations such as `nullable`. */
export function nameOf(schema: Json | undefined): string | undefined {
  const [only, ...others] = isObject(schema) ? partsOf(schema) : [];
  const named = only !== undefined && others.length === 0 ? only : schema;
  return schemaName(stringAt(named, "$ref"));
}

/** The names of all schemas that a node refers to, however deep. */
export function* referencesIn(node: Json | undefined): Generator<string> {
  const members = Array.isArray(node) ? node : isObject(node) ? Object.values(node) : [];
  for (const value of members) yield* referencesIn(value);
  const name = schemaName(stringAt(node, "$ref"));
  if (name !== undefined) yield name;
}

/** The types that a schema allows besides null, sorted; empty when it does not limit them. */
export function typesOf(schema: JsonObject): string[] {
  const type = member(schema, "type");
  return (typeof type === "string" ? [type] : arrayAt(schema, "type").map(String)).sort();
}
