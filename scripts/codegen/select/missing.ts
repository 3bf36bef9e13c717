import type { Coverage } from "../coverage.js";
import { type JsonObject, stringAt } from "../document/json.js";
import { operationsById, operationsOf, title } from "../document/operations.js";
import { SpecError } from "../document/spec.js";
import { knownMissing } from "./covered.js";
import { type Selection, select } from "./select.js";

/** What we cover and a new specification lacks, each in words that name it. */
export interface Missing {
  readonly operations: readonly string[];
  readonly parameters: readonly string[];
  /** Values of `include`, attributes and relationships that entries take. */
  readonly taken: readonly string[];
  /** The names of all of it, for a document that goes without. */
  readonly names: readonly string[];
}

/** The documents in which something may be missing. */
interface Documents {
  readonly committed: JsonObject;
  /** The whole new specification: in it, an operation may live on under another operationId. */
  readonly source: JsonObject;
  readonly selection: Selection;
}

/**
 * Compares what openapi/operations.json asks for, and what the committed document has, with a new specification.
 * @throws SpecError for an entry of openapi/operations.json that neither of them has: it was never right
 */
export function findMissing({ committed, source, selection }: Documents, coverage: Coverage): Missing {
  const known = knownMissing(committed);
  const [before, after] = [operationsById(committed), operationsById(selection.document)];
  const absent = [...coverage.operations.keys()].filter((id) => !after.has(id));
  const unknownBefore = new Set(select(committed, coverage.operations).unknown.map(nameOf));
  const unknown = selection.unknown.map((each) => ({ ...each, name: nameOf(each) }));
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
  const parameters = missingParameters(committed, source, coverage);
  return {
    operations: namedOperations(absent, committed, source),
    parameters,
    // A parameter that is gone is among the parameters already.
    taken: unknown.filter(({ what }) => !what.startsWith("parameter ")).map(({ name }) => name),
    names: [...absent, ...unknown.map(({ name }) => name)],
  };
}

function nameOf({ operationId, what }: { readonly operationId: string; readonly what: string }): string {
  return `${what} (${operationId})`;
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

/** Parameters that the committed document has and Apple's operation no longer has, in the query or elsewhere. */
function missingParameters(committed: JsonObject, source: JsonObject, coverage: Coverage): string[] {
  const after = operationsById(
    select(source, new Map([...coverage.operations.keys()].map((id) => [id, {}]))).document,
  );
  return [...operationsById(committed).values()].flatMap((old) => {
    const now = after.get(old.operationId);
    const names = new Set([...(now?.parameters.values() ?? [])].map((each) => stringAt(each, "name")));
    return [...old.parameters.values()]
      .map((parameter) => stringAt(parameter, "name"))
      .filter((name) => now !== undefined && !names.has(name))
      .map((name) => `${name} of ${old.operationId} (${title(old)})`);
  });
}
