import openapiTS, { astToString } from "openapi-typescript";
import { isObject, type Json, type JsonObject, member, objectAt, sorted, stringAt } from "../json.js";
import { operationsOf } from "../operations.js";

/** The typed paths: openapi-typescript's output, with a link to Apple's page at every operation. */
export async function generateTypes(document: JsonObject): Promise<string> {
  const ast = await openapiTS(JSON.stringify(withLinks(document)), {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    rootTypesKeepCasing: true,
    silent: true,
  });
  return `// Types by openapi-typescript. An overview of the operations is in README.md beside this file.\n\n${astToString(ast)}`;
}

/** openapi-typescript leaves externalDocs out; comments are made of descriptions. */
function withLinks(document: JsonObject): JsonObject {
  const paths = new Map(Object.entries(objectAt(document, "paths")));
  for (const { path, method, body } of operationsOf(document)) {
    const page = stringAt(objectAt(body, "externalDocs"), "url");
    const description: Json = [stringAt(body, "description"), page && `[Apple's page](${page})`]
      .filter(Boolean)
      .join("\n\n");
    const item = paths.get(path);
    const rest = Object.entries(body).filter(([key]) => key !== "description");
    if (isObject(item) && member(item, method)) {
      paths.set(path, { ...item, [method]: sorted([...rest, ["description", description]]) });
    }
  }
  return { ...document, paths: sorted(paths) };
}
