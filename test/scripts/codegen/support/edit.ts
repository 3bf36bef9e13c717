import { diff } from "../../../../scripts/codegen/diff/diff.js";
import type { JsonObject } from "../../../../scripts/codegen/document/json.js";
import { select } from "../../../../scripts/codegen/select/select.js";
import { at, covered, library } from "./library.js";

/** A change to a document, made in place. */
export type Edit = (document: JsonObject) => void;

/** The lines that a report has for an edit of the library's document; breaking ones begin with `!`. */
export function reported(edit: Edit, before: Edit = () => {}): string[] {
  const [old, now] = [library(), library()];
  for (const document of [old, now]) before(document);
  edit(now);
  return diff(select(old, covered), select(now, covered)).map(
    ({ scope, breaking, message }) =>
      `${breaking ? "! " : ""}${"schema" in scope ? scope.schema : "operation" in scope ? scope.operation : "API"}: ${message}`,
  );
}

export const schema = (document: JsonObject, name: string) => at(document, "components", "schemas", name);

export const operation = (document: JsonObject, path: string, method: string) =>
  at(document, "paths", path, method);
