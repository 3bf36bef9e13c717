import { type Json, type JsonObject, member } from "./json.js";
import { SpecError } from "./spec.js";

const schemas = "#/components/schemas/";

/** What a `$ref` points to, in the same document. */
export function resolve(document: JsonObject, ref: string, from: string): Json {
  if (!ref.startsWith("#/")) throw new SpecError(`${from} refers to ${ref}, which is outside the document`);
  let found: Json | undefined = document;
  for (const part of ref.slice(2).split("/")) {
    const key = decoded(part);
    found = Array.isArray(found) ? found[Number(key)] : member(found, key);
  }
  if (found === undefined) throw new SpecError(`${from} refers to ${ref}, which does not exist`);
  return found;
}

/** The schema's name that a `$ref` leads into, if it leads into one. */
export function schemaName(ref: string): string | undefined {
  return ref.startsWith(schemas) ? decoded(ref.slice(schemas.length).split("/", 1)[0] ?? "") : undefined;
}

function decoded(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A bare % in a name is no escape.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
