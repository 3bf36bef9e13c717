import { type Json, type JsonObject, member } from "./json.js";
import { SpecError } from "./spec.js";

const SCHEMAS = "#/components/schemas/";

/** The value that a `$ref` points to, in the same document. @throws SpecError when there is none. */
export function resolve(document: JsonObject, ref: string, from: string): Json {
  if (!ref.startsWith("#/")) throw new SpecError(`${from} refers to ${ref}, which is outside the document`);
  let found: Json | undefined = document;
  for (const key of keysOf(ref)) {
    found = Array.isArray(found) ? found[Number(key)] : member(found, key);
  }
  if (found === undefined) throw new SpecError(`${from} refers to ${ref}, which does not exist`);
  return found;
}

/** The keys and indexes on the way to what a `$ref` points to. */
export function keysOf(ref: string): string[] {
  return ref.slice(2).split("/").map(decoded);
}

/** The schema's name in a `$ref`. Undefined for a `$ref` to a part of a schema, or to something else. */
export function schemaName(ref: string | undefined): string | undefined {
  if (ref === undefined || !ref.startsWith(SCHEMAS)) return undefined;
  const rest = ref.slice(SCHEMAS.length);
  return rest.includes("/") ? undefined : decoded(rest);
}

/** The `$ref` to a schema of that name. */
export function schemaRef(name: string): string {
  return `${SCHEMAS}${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function decoded(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // A % in a name need not begin an escape sequence.
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
