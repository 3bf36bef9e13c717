import { createQuerySerializer } from "openapi-fetch";
import { endpoints } from "../../generated/endpoints.js";
import { kindOf, optionError, show } from "../checks.js";

/** Apple's operationId of a covered operation. */
export type OperationId = keyof typeof endpoints;

const UNPAIRED_SURROGATE = /\p{Surrogate}/u;

/** @throws TypeError for anything that is not a resource id, before it can reach another resource. */
export function checkId(name: string, id: unknown): string {
  // encodeURIComponent keeps dots, which URL resolves as parent folders, and throws for an unpaired surrogate.
  if (typeof id !== "string" || id.trim() === "" || /^\.\.?$/.test(id) || UNPAIRED_SURROGATE.test(id)) {
    throw optionError(name, "a resource id, a non-empty string other than . and ..", show(id));
  }
  return id;
}

/** Apple's path with its ids filled in and escaped. @throws TypeError for anything that is not a resource id. */
export function pathSerializer(path: string, ids: Record<string, unknown>): string {
  // No path of Apple's has another parameter. A regular expression would take as long as all the rest of the URL.
  return path.replace("{id}", () => encodeURIComponent(checkId("id", ids.id)));
}

const serializeQuery = createQuerySerializer({ array: { style: "form", explode: false } });

/**
 * A query without its question mark; lists in it are comma-separated, as Apple wants them. A text stays as it is: the
 * query of a link to a next page.
 *
 * @throws TypeError for a value that has no text, such as a Date, which openapi-fetch would leave out, and for text with
 * an unpaired surrogate
 */
export function querySerializer(query: object | string): string {
  if (typeof query === "string") return query;
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) {
      const hasText = /^(string|number|boolean)$/.test(typeof one);
      // encodeURIComponent's error for an unpaired surrogate does not have the parameter's name.
      if (!hasText || UNPAIRED_SURROGATE.test(`${one}`)) {
        const got = hasText ? "text with an unpaired surrogate" : kindOf(one);
        throw optionError(name, "text, a number, a boolean or a list of them", got);
      }
    }
  }
  // The cast: openapi-fetch reads the properties of any object.
  return serializeQuery(query as Record<string, unknown>);
}

// The cast: Object.entries does not keep the type of the keys.
const OPERATIONS = Object.entries(endpoints) as [
  OperationId,
  { readonly method: string; readonly path: string },
][];

/**
 * The operation of an upper-case method and a path with its ids filled in; `undefined` if it is not covered. For calls
 * through `client.api`: the methods know their operation.
 */
export function operationAt(method: string, path: string): OperationId | undefined {
  const segments = path.split("/");
  // Apple's paths are /v1/resource/{id}/…: the id is always the fourth segment.
  if (segments.length > 3) segments[3] = "{id}";
  const template = segments.join("/");
  return OPERATIONS.find(
    ([, endpoint]) => endpoint.path === template && endpoint.method === method.toLowerCase(),
  )?.[0];
}
