import { correct } from "../correct.js";
import type { Coverage } from "../coverage.js";
import {
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  sorted,
  stringAt,
} from "../document/json.js";
import { applesPage, operationsOf } from "../document/operations.js";
import { schemasOf } from "../document/schemas.js";
import { isPruned } from "../select/prune.js";
import type { Selection } from "../select/select.js";
import { describeWith, type WordsReport } from "./words.js";

/** The document to generate from, and what a maintainer may want to change. */
export interface Composed {
  readonly document: JsonObject;
  readonly words: WordsReport;
  /** Corrections that found nothing to correct. */
  readonly idleCorrections: readonly string[];
}

const PRUNED_OPERATION = "Pruned: Apple's operation has more than what is listed here.";
const PRUNED_SCHEMA = "Pruned: Apple's schema has more fields than these.";

/** Apple's structure with our corrections, our descriptions and links to Apple's pages. */
export function compose({ document: selection, pruned }: Selection, coverage: Coverage): Composed {
  const { document: corrected, idle } = correct(selection);
  const { document, report } = describeWith(coverage.words, corrected);
  const noted = withPrunedSchemas(document, pruned);
  return { document: withOperations(noted, coverage), words: report, idleCorrections: idle };
}

function withOperations(document: JsonObject, coverage: Coverage): JsonObject {
  const paths = new Map(Object.entries(objectAt(document, "paths")));
  for (const { path, method, operationId, body } of operationsOf(document)) {
    const entry = coverage.operations.get(operationId);
    const description = joined(entry?.description, isPruned(entry) ? PRUNED_OPERATION : undefined);
    const operation: [string, Json][] = [
      ...Object.entries(body),
      ["summary", entry?.summary ?? operationId],
      ["externalDocs", { url: applesPage({ method, path }) }],
      ...(description ? [["description", description] as [string, Json]] : []),
    ];
    const item = paths.get(path);
    if (isObject(item)) paths.set(path, sorted([...Object.entries(item), [method, sorted(operation)]]));
  }
  return sorted([...Object.entries(document), ["paths", sorted(paths)]]);
}

function withPrunedSchemas(document: JsonObject, pruned: ReadonlySet<string>): JsonObject {
  const schemas = Object.entries(schemasOf(document)).map(([name, schema]): [string, Json] => {
    if (!pruned.has(name) || !isObject(schema) || member(schema, "$ref") !== undefined) return [name, schema];
    const description = joined(stringAt(schema, "description"), PRUNED_SCHEMA);
    return [name, sorted([...Object.entries(schema), ["description", description]])];
  });
  return { ...document, components: { ...objectAt(document, "components"), schemas: sorted(schemas) } };
}

function joined(...sentences: (string | undefined)[]): string {
  return sentences.filter((each) => each !== undefined && each !== "").join(" ");
}
