import { createQuerySerializer } from "openapi-fetch";
import { endpoints } from "../../generated/endpoints.js";
import { kindOf, optionError, show } from "../checks.js";

/** Apple's operationId of a covered operation. */
export type OperationId = keyof typeof endpoints;

/** @throws TypeError for anything that is not a resource id, before it can reach another resource. */
export function checkId(name: string, id: unknown): string {
  // encodeURIComponent keeps dots, which URL resolves as parent folders, and throws for half a surrogate pair.
  if (typeof id !== "string" || id.trim() === "" || /^\.\.?$|\p{Surrogate}/u.test(id)) {
    throw optionError(name, "a resource id, a non-empty string other than . and ..", show(id));
  }
  return id;
}

/** Apple's path with its ids filled in and escaped. @throws TypeError for anything that is not a resource id. */
export function pathSerializer(path: string, ids: Record<string, unknown>): string {
  // Apple's paths have one id at most. A regular expression would take as long as all the rest of the URL.
  const start = path.indexOf("{");
  if (start < 0) return path;
  const end = path.indexOf("}", start);
  const name = path.slice(start + 1, end);
  return path.slice(0, start) + encodeURIComponent(checkId(name, ids[name])) + path.slice(end + 1);
}

const serializeQuery = createQuerySerializer({ array: { style: "form", explode: false } });

/**
 * A query without its question mark; lists in it are comma-separated, as Apple wants them.
 *
 * @throws TypeError for a value that has no text, such as a Date, which openapi-fetch would leave out
 */
export function querySerializer(query: object): string {
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) {
      if (!/^(string|number|boolean)$/.test(typeof one))
        throw optionError(name, "text, a number, a boolean or a list of them", kindOf(one));
    }
  }
  // The cast: openapi-fetch reads the properties of any object.
  return serializeQuery(query as Record<string, unknown>);
}

let byRoute: Map<string, OperationId> | undefined;

/**
 * The operation of an upper-case method and a path with its ids filled in; `undefined` if it is not covered. For calls
 * through `client.api`: the methods know their operation.
 */
export function operationAt(method: string, path: string): OperationId | undefined {
  if (!byRoute) {
    byRoute = new Map();
    for (const [id, endpoint] of Object.entries(endpoints)) {
      byRoute.set(`${endpoint.method.toUpperCase()} ${endpoint.path}`, id as OperationId);
    }
  }
  const segments = path.split("/");
  // Apple's paths are /v1/resource/{id}/…: the id is always the fourth segment.
  if (segments.length > 3) segments[3] = "{id}";
  return byRoute.get(`${method} ${segments.join("/")}`);
}
