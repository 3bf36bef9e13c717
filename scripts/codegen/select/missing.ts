import type { Coverage } from "../coverage.js";
import { arrayAt, type Json, type JsonObject, stringAt } from "../document/json.js";
import { operationsById, operationsOf, pathItem, title } from "../document/operations.js";
import { resolve } from "../document/references.js";
import { SpecError } from "../document/spec.js";
import { knownMissing } from "./covered.js";
import { type Selection, select } from "./select.js";
import { unknownName } from "./unknown.js";

/** What we cover and a new specification lacks, in words. */
export interface Missing {
  readonly operations: readonly string[];
  readonly parameters: readonly string[];
  /** Values of `include`, attributes and relationships that entries take. */
  readonly taken: readonly string[];
  /** The short names of all of these, which openapi/apple.json keeps if the update continues without them. */
  readonly names: readonly string[];
}

/** The documents in which something may be missing. */
interface Documents {
  readonly committed: JsonObject;
  /** The whole new specification. In it, an operation may have another operationId than before. */
  readonly source: JsonObject;
  readonly selection: Selection;
}

/**
 * Compares what openapi/operations.json asks for, and what the committed document has, with a new specification.
 * @throws SpecError for an entry of openapi/operations.json that neither of them has
 */
export function findMissing({ committed, source, selection }: Documents, coverage: Coverage): Missing {
  const known = knownMissing(committed);
  const [before, after] = [operationsById(committed), operationsById(selection.document)];
  const absent = [...coverage.operations.keys()].filter((id) => !after.has(id));
  const unknown = selection.unknown.map((each) => ({ ...each, name: unknownName(each) }));
  const unknownBefore = new Set(
    unknown.length === 0 ? [] : select(committed, coverage.operations).unknown.map(unknownName),
  );
  const wrong = [
    ...absent.filter((id) => !before.has(id) && !known.has(id)),
    ...unknown
      .filter(({ operationId, name }) => !before.has(operationId) || unknownBefore.has(name))
      .map(({ name }) => name)
      .filter((name) => !known.has(name)),
  ];
  if (wrong.length > 0) {
    throw new SpecError(
      `openapi/operations.json asks for what neither this specification nor openapi/apple.json has: ${wrong.join(", ")}. ` +
        "Correct or remove the entry, or run npm run update-spec with a specification that has it",
    );
  }
  const parameters = missingParameters(committed, source);
  return {
    operations: namedOperations(absent, committed, source),
    parameters,
    // Missing parameters are listed already.
    taken: unknown.filter(({ what }) => !what.startsWith("parameter ")).map(({ name }) => name),
    names: [...absent, ...unknown.map(({ name }) => name)],
  };
}

function namedOperations(absent: readonly string[], committed: JsonObject, source: JsonObject): string[] {
  const before = operationsById(committed);
  const places = new Map([...operationsOf(source)].map((each) => [title(each), each.operationId]));
  return absent.map((id) => {
    const old = before.get(id);
    const other = old && places.get(title(old));
    return `${id}${old ? ` (${title(old)}${other ? `; its operationId is now ${other}` : ""})` : ""}`;
  });
}

/** Parameters that Apple's operation no longer has, neither in the query nor elsewhere. */
function missingParameters(committed: JsonObject, source: JsonObject): string[] {
  const after = operationsById(source);
  return [...operationsById(committed).values()].flatMap((old) => {
    const now = after.get(old.operationId);
    if (!now) return [];
    const parameters = [
      ...arrayAt(pathItem(source, now.path), "parameters"),
      ...arrayAt(now.body, "parameters"),
    ];
    const names = new Set(
      parameters.map((each) => stringAt(resolved(each, source, old.operationId), "name")),
    );
    return [...old.parameters.values()]
      .map((parameter) => stringAt(parameter, "name"))
      .filter((name) => !names.has(name))
      .map((name) => `${name} of ${old.operationId} (${title(old)})`);
  });
}

function resolved(node: Json, document: JsonObject, from: string): Json {
  const ref = stringAt(node, "$ref");
  return ref === undefined ? node : resolve(document, ref, from);
}
