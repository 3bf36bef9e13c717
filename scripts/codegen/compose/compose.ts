import { type Correction, corrections } from "../correct.js";
import type { Coverage } from "../coverage.js";
import { isObject, type Json, type JsonObject, objectAt, same, sorted } from "../document/json.js";
import { applesPage, operationsOf } from "../document/operations.js";
import { describe, type WordsReport } from "./words.js";

/** The document to generate from, and what did not fit on the way. */
export interface Composed {
  readonly document: JsonObject;
  readonly words: WordsReport;
  /** Corrections that found nothing to correct. */
  readonly idleCorrections: string[];
}

/** Apple's structure with our corrections, our descriptions and links to Apple's pages. */
export function compose(
  apple: JsonObject,
  coverage: Coverage,
  list: readonly Correction[] = corrections,
): Composed {
  let corrected = sorted(Object.entries(apple).filter(([key]) => key !== "x-source"));
  const idleCorrections: string[] = [];
  for (const correction of list) {
    const next = correction.apply(corrected);
    if (same(next, corrected)) idleCorrections.push(correction.name);
    corrected = next;
  }
  const { document, report } = describe(corrected, coverage.words);
  return { document: withOperations(document, coverage), words: report, idleCorrections };
}

function withOperations(document: JsonObject, coverage: Coverage): JsonObject {
  const paths = new Map(Object.entries(objectAt(document, "paths")));
  for (const { path, method, operationId, body } of operationsOf(document)) {
    const { summary, description } = coverage.operations.get(operationId) ?? { summary: operationId };
    const operation: [string, Json][] = [
      ...Object.entries(body),
      ["summary", summary],
      ["externalDocs", { url: applesPage({ method, path }) }],
    ];
    if (description) operation.push(["description", description]);
    const item = paths.get(path);
    if (isObject(item)) paths.set(path, sorted([...Object.entries(item), [method, sorted(operation)]]));
  }
  return sorted([...Object.entries(document), ["paths", sorted(paths)]]);
}
