import type { Scope } from "../../../../scripts/codegen/diff/change.js";
import { diff } from "../../../../scripts/codegen/diff/diff.js";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { at, library, selected } from "./library.js";

/** A change to a document, made in place. */
export type Edit = (document: JsonObject) => void;

/** The lines that a report has for an edit of the library's document; breaking ones begin with `!`. */
export function reported(edit: Edit, before: Edit = () => {}): string[] {
  const [old, now] = [library(), library()];
  for (const document of [old, now]) before(document);
  edit(now);
  return diff(selected(old), selected(now)).map(
    ({ scope, breaking, message }) => `${breaking ? "! " : ""}${placeOf(scope)}: ${message}`,
  );
}

function placeOf(scope: Scope): string {
  if ("operation" in scope) return scope.operation;
  if ("path" in scope) return scope.path;
  return "schema" in scope ? scope.schema : "API";
}

export const schema = (document: JsonObject, name: string) => at(document, "components", "schemas", name);

export const operation = (document: JsonObject, path: string, method: string) =>
  at(document, "paths", path, method);
