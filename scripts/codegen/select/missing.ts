import type { Coverage } from "../coverage.js";
import type { JsonObject } from "../document/json.js";
import { operationsById, operationsOf, title } from "../document/operations.js";

/** What we cover and a new specification lacks, each in words that name it. */
export interface Missing {
  readonly operations: string[];
  readonly parameters: string[];
}

/**
 * Covered operations that the selection lacks, and parameters that the committed document has and the selection
 * lacks. `source` is the whole new specification: an operation may live on in it under another operationId.
 */
export function findMissing(
  committed: JsonObject,
  selection: JsonObject,
  source: JsonObject,
  coverage: Coverage,
): Missing {
  const [before, after] = [operationsById(committed), operationsById(selection)];
  const places = new Map(
    [...operationsOf(source)].map((operation) => [title(operation), operation.operationId]),
  );
  const operations: string[] = [];
  const parameters: string[] = [];
  for (const operationId of coverage.operations.keys()) {
    const [old, now] = [before.get(operationId), after.get(operationId)];
    if (!now) {
      const heir = old && places.get(title(old));
      const place = old ? ` (${title(old)}${heir ? `; its operationId is now ${heir}` : ""})` : "";
      operations.push(`${operationId}${place}`);
    }
    for (const [key, { name }] of (now && old?.parameters) ?? []) {
      if (old && !now?.parameters.has(key)) parameters.push(`${name} of ${operationId} (${title(old)})`);
    }
  }
  return { operations, parameters };
}
