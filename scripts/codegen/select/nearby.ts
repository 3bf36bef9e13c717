import type { Coverage } from "../coverage.js";
import type { JsonObject } from "../document/json.js";
import { type Operation, operationsOf, title } from "../document/operations.js";

/**
 * Operations of the area that we do not cover. An operation is of the area when a part of its path, or one of its tags,
 * begins with a word of the area, or when it has a tag of which we cover at least half of the operations.
 */
export function findNearby(source: JsonObject, coverage: Coverage): string[] {
  const all = [...operationsOf(source)];
  const isCovered = (operation: Operation) => coverage.operations.has(operation.operationId);
  const covered = all.filter(isCovered);
  const ours = new Set(
    [...new Set(covered.flatMap((operation) => operation.tags))].filter((tag) => {
      const tagged = all.filter((operation) => operation.tags.includes(tag));
      return tagged.filter(isCovered).length * 2 >= tagged.length;
    }),
  );
  const words = coverage.area.map((word) => word.toLowerCase());
  const isNamed = (name: string) => words.some((word) => name.toLowerCase().startsWith(word));
  return all
    .filter((operation) => !isCovered(operation))
    .filter(
      ({ path, tags }) => tags.some((tag) => ours.has(tag) || isNamed(tag)) || path.split("/").some(isNamed),
    )
    .map((operation) =>
      operation.operationId ? `${title(operation)} (${operation.operationId})` : title(operation),
    )
    .sort();
}
