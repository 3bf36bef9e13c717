import { createRequire } from "node:module";
import {
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  sorted,
  stringAt,
} from "../document/json.js";
import { operationsOf } from "../document/operations.js";

const load = createRequire(import.meta.url);
// require() has no types; the package's two builds export the same.
type OpenApiTypescript = typeof import("openapi-typescript");

const NOTE = "// Types by openapi-typescript; README.md beside this file is an overview of the operations.";

/** The typed paths: openapi-typescript's output, with a link to Apple's page at every operation. */
export async function generateTypes(document: JsonObject): Promise<string> {
  // Loaded here, as a dry run of update-spec does not need it, and with require: Node scans the whole TypeScript
  // compiler for its exports when an ES module imports it, which takes longer than generating.
  const { default: openapiTS, astToString } = load("openapi-typescript") as OpenApiTypescript;
  const types = await openapiTS(JSON.stringify(withLinks(document)), {
    // Apple may leave out a field that has a default value.
    defaultNonNullable: false,
    // An object for which no properties are listed can have any.
    emptyObjectsUnknown: true,
    rootTypes: true,
    rootTypesKeepCasing: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
  });
  return `${NOTE}\n\n${astToString(types)}`;
}

/** openapi-typescript makes comments of descriptions only: the link to Apple's page becomes part of them. */
function withLinks(document: JsonObject): JsonObject {
  const paths = new Map(Object.entries(objectAt(document, "paths")));
  for (const { path, method, body } of operationsOf(document)) {
    const page = stringAt(objectAt(body, "externalDocs"), "url");
    const parts = [stringAt(body, "description"), page && `[Apple's page](${page})`];
    const description: Json = parts.filter(Boolean).join("\n\n");
    const item = paths.get(path);
    const rest = Object.entries(body).filter(([key]) => key !== "description");
    if (isObject(item) && member(item, method)) {
      paths.set(path, { ...item, [method]: sorted([...rest, ["description", description]]) });
    }
  }
  return { ...document, paths: sorted(paths) };
}
