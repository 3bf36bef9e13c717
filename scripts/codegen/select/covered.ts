import { parseUrl } from "../../../src/parse-url.js";
import type { Coverage } from "../coverage.js";
import { arrayAt, type JsonObject, objectAt, stringAt, stringsAt } from "../document/json.js";
import { operationsById, operationsOf, pathItem } from "../document/operations.js";
import { SpecError } from "../document/spec.js";
import { type Selection, select } from "./select.js";
import { unknownName } from "./unknown.js";

/**
 * Selects what openapi/operations.json covers.
 * @throws SpecError when the document sends requests to another server, or cannot be used
 */
export function selectCovered(document: JsonObject, coverage: Coverage): Selection {
  const selection = select(document, coverage.operations);
  checkServers(selection.document, coverage.server);
  return selection;
}

/** Requests carry the token, so no document may send them to another origin. */
function checkServers(selection: JsonObject, server: string): void {
  const paths = Object.keys(objectAt(selection, "paths"));
  const holders = [
    ...paths.map((path) => pathItem(selection, path)),
    ...[...operationsOf(selection)].map(({ body }) => body),
  ];
  const own = arrayAt(selection, "servers");
  if (own.length === 0) throw new SpecError(`the specification has no servers; expected ${server}`);
  for (const each of [...own, ...holders.flatMap((holder) => arrayAt(holder, "servers"))]) {
    const url = stringAt(each, "url") ?? "";
    if (isAt(server, url)) continue;
    throw new SpecError(`the specification names the server ${JSON.stringify(url)}; expected ${server}`);
  }
}

function isAt(server: string, url: string): boolean {
  const at = parseUrl(url);
  if (!at || /[{}\\\s\p{Cc}]/u.test(url)) return false;
  const { origin, username, password, search, hash } = at;
  return origin === server && [username, password, search, hash].every((part) => part === "");
}

/** The names of what the last update did not find in Apple's file and was allowed to leave out. */
export function knownMissing(committed: JsonObject): ReadonlySet<string> {
  return new Set(stringsAt(objectAt(committed, "x-source"), "missing"));
}

/**
 * Selects what openapi/operations.json covers from the committed document.
 * @throws SpecError when the document lacks what an entry asks for
 */
export function selectCommitted(committed: JsonObject, coverage: Coverage): Selection {
  const selection = selectCovered(committed, coverage);
  const operations = operationsById(selection.document);
  const known = knownMissing(committed);
  const lacking = [
    ...[...coverage.operations.keys()].filter((id) => !operations.has(id)),
    ...selection.unknown.map(unknownName),
  ].filter((name) => !known.has(name));
  if (lacking.length > 0) {
    throw new SpecError(
      `openapi/apple.json does not have what openapi/operations.json asks for: ${lacking.join(", ")}. ` +
        "npm run update-spec adds it, if Apple's specification has it",
    );
  }
  return selection;
}
