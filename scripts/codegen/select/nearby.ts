import type { Coverage } from "../coverage.js";
import type { JsonObject } from "../document/json.js";
import { type Operation, operationsOf, title } from "../document/operations.js";

/**
 * Operations near the area that we do not cover: under a covered path, with a name in it that begins as the area's
 * names do, or with a tag of the area. A tag is the area's when we cover at least half of its operations: Apps,
 * for example, has two hundred others.
 */
export function findNearby(source: JsonObject, coverage: Coverage): string[] {
  const all = [...operationsOf(source)];
  const isCovered = (operation: Operation) => coverage.operations.has(operation.operationId);
  const covered = all.filter(isCovered);
  const tags = new Set(covered.flatMap((operation) => operation.tags));
  const ours = new Set(
    [...tags].filter((tag) => {
      const tagged = all.filter((operation) => operation.tags.includes(tag));
      return tagged.filter(isCovered).length * 2 >= tagged.length;
    }),
  );
  const paths = covered.map((operation) => `${operation.path}/`);
  const words = coverage.area.map((word) => word.toLowerCase());
  const named = (name: string) => words.some((word) => name.toLowerCase().startsWith(word));
  return all
    .filter((operation) => !isCovered(operation))
    .filter(
      ({ path, tags: own }) =>
        own.some((tag) => ours.has(tag) || named(tag)) ||
        path.split("/").some(named) ||
        paths.some((prefix) => `${path}/`.startsWith(prefix)),
    )
    .map((operation) =>
      operation.operationId ? `${title(operation)} (${operation.operationId})` : title(operation),
    )
    .sort();
}
