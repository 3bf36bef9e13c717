import { isObject, type Json, type JsonObject, member, objectAt, sorted, stringAt } from "../json.js";
import { operationsOf } from "../operations.js";
import { printTypes } from "./openapi-typescript.js";

const note = "// Types by openapi-typescript; README.md beside this file is an overview of the operations.";

/** The typed paths: openapi-typescript's output, with a link to Apple's page at every operation. */
export async function generateTypes(document: JsonObject): Promise<string> {
  return `${note}\n\n${await printTypes(withLinks(document))}`;
}

/** openapi-typescript leaves externalDocs out; comments are made of descriptions. */
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
