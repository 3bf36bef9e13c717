import { childOf, type Kind } from "./grammar.js";
import { isObject, type Json, type JsonObject, sorted } from "./json.js";

/** A copy of the document in which `change` replaced every schema, the inner ones first. */
export function mapSchemas(document: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  return mapMembers("document", document, change);
}

function mapNode(kind: Kind, node: Json, change: (schema: JsonObject) => JsonObject): Json {
  if (!isObject(node)) return node;
  const mapped = mapMembers(kind, node, change);
  return kind === "schema" ? change(mapped) : mapped;
}

function mapMembers(kind: Kind, node: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  return sorted(
    Object.entries(node).map(([keyword, value]): [string, Json] => {
      const holds = childOf(kind, keyword);
      if (!holds) return [keyword, value];
      if (Array.isArray(value)) return [keyword, value.map((each) => mapNode(holds.kind, each, change))];
      if (holds.in === "node" || !isObject(value)) return [keyword, mapNode(holds.kind, value, change)];
      const members = Object.entries(value).map(
        ([name, each]) => [name, mapNode(holds.kind, each, change)] as const,
      );
      return [keyword, sorted(members)];
    }),
  );
}
