import { type Json, type JsonObject, member } from "../document/json.js";
import { operationsOf } from "../document/operations.js";
import { referencesIn, schemasOf } from "../document/schemas.js";
import type { Direction } from "./change.js";

/** For every schema of a selection: whether it is sent, read, or both. */
export function directionsOf(document: JsonObject): Map<string, Set<Direction>> {
  const found = new Map<string, Set<Direction>>();
  const schemas = schemasOf(document);

  function visit(node: Json | undefined, direction: Direction): void {
    for (const name of referencesIn(node)) {
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
    // What Apple sends to a callback is read, and the answer to it is sent.
    visit(member(body, "callbacks"), "response");
  }
  return found;
}
