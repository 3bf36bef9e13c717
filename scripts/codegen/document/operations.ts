import { METHODS, type Method } from "./grammar.js";
import { arrayAt, isObject, type JsonObject, member, objectAt, stringAt, stringsAt } from "./json.js";
import { resolve } from "./references.js";

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

/** The path item of a path; a reference to one is resolved. */
export function pathItem(document: JsonObject, path: string): JsonObject {
  const item = objectAt(objectAt(document, "paths"), path);
  const ref = stringAt(item, "$ref");
  const target = ref === undefined ? item : resolve(document, ref, `path ${path}`);
  return isObject(target) ? target : {};
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
