import { METHODS, type Method } from "./grammar.js";
import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  stringAt,
  stringsAt,
} from "./json.js";
import { resolve } from "./references.js";
import { SpecError } from "./spec.js";

export interface Operation {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly tags: readonly string[];
  readonly body: JsonObject;
  /** The operation's parameters and its path's, by `in` and name: `query limit`. */
  readonly parameters: ReadonlyMap<string, JsonObject>;
}

/** Every operation of a document, in the document's order. Without an operationId, that is empty. */
export function* operationsOf(document: JsonObject): Generator<Operation> {
  for (const path of Object.keys(objectAt(document, "paths"))) {
    const item = pathItem(document, path);
    for (const method of METHODS) {
      const body = member(item, method);
      if (!isObject(body)) continue;
      yield {
        operationId: stringAt(body, "operationId") ?? "",
        method,
        path,
        tags: stringsAt(body, "tags"),
        body,
        get parameters() {
          return parametersOf(item, body);
        },
      };
    }
  }
}

/** The path item of a path; references to one are resolved. @throws SpecError for a reference that leads back to itself */
export function pathItem(document: JsonObject, path: string): JsonObject {
  const seen = new Set<string>();
  let item: Json = objectAt(objectAt(document, "paths"), path);
  for (let ref = stringAt(item, "$ref"); ref !== undefined; ref = stringAt(item, "$ref")) {
    if (seen.has(ref)) throw new SpecError(`path ${path} refers to ${ref}, which refers to itself`);
    seen.add(ref);
    item = resolve(document, ref, `path ${path}`);
  }
  return isObject(item) ? item : {};
}

/** By operationId. */
export function operationsById(document: JsonObject): Map<string, Operation> {
  return new Map([...operationsOf(document)].map((operation) => [operation.operationId, operation]));
}

/** The method and path of an operation: `GET /v1/apps/{id}`. */
export function title(operation: Pick<Operation, "method" | "path">): string {
  return `${operation.method.toUpperCase()} ${operation.path}`;
}

function parametersOf(item: JsonObject, body: JsonObject): Map<string, JsonObject> {
  const all = [...arrayAt(item, "parameters"), ...arrayAt(body, "parameters")].filter(isObject);
  return new Map(all.map((parameter) => [parameterKey(parameter), parameter]));
}

/** The key of a parameter among those of its operation. */
export function parameterKey(parameter: JsonObject): string {
  return `${stringAt(parameter, "in") ?? ""} ${stringAt(parameter, "name") ?? ""}`;
}

/** Apple's page of an operation: its method and path, `-` for `/`, `_id_` for `{id}`. */
export function applesPage({ method, path }: Pick<Operation, "method" | "path">): string {
  const name = `${method}${path.replaceAll("/", "-").replace(/[{}]/g, "_")}`.toLowerCase();
  return `https://developer.apple.com/documentation/appstoreconnectapi/${name}`;
}
