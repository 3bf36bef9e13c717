import {
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  stringAt,
  stringsAt,
} from "../document/json.js";
import type { Operation } from "../document/operations.js";
import { follow, nameOf } from "../document/schemas.js";

/** The name of the schema of a successful response. */
export function responseName({ body }: Pick<Operation, "body">): string | undefined {
  const responses = objectAt(body, "responses");
  const success = Object.keys(responses).find((status) => status.startsWith("2"));
  return success === undefined ? undefined : contentName(member(responses, success));
}

/** The name of the schema of a request. */
export function requestName({ body }: Pick<Operation, "body">): string | undefined {
  return contentName(member(body, "requestBody"));
}

function contentName(holder: Json | undefined): string | undefined {
  const [media] = Object.values(objectAt(holder, "content"));
  return nameOf(member(media, "schema"));
}

/** The name of the schema of the resource, or of the list's resources, in a response's `data`. */
export function resourceName(response: string | undefined, schemas: JsonObject): string | undefined {
  if (response === undefined) return undefined;
  const data = property(follow(member(schemas, response), schemas), "data");
  return nameOf(data) ?? nameOf(member(follow(data, schemas), "items"));
}

/** The value of a resource's `type`: `apps`. */
export function resourceType(schema: Json | undefined, schemas: JsonObject): string | undefined {
  const type = follow(property(follow(schema, schemas), "type"), schemas);
  const [value, ...others] = stringsAt(type, "enum");
  return others.length === 0 ? value : undefined;
}

/** The types of the resources in a relationship. */
export function relatedTypes(
  resource: Json | undefined,
  relationship: string,
  schemas: JsonObject,
): string[] {
  const relationships = follow(property(follow(resource, schemas), "relationships"), schemas);
  const data = follow(property(follow(property(relationships, relationship), schemas), "data"), schemas);
  const linkage = isObject(data.items) ? follow(data.items, schemas) : data;
  return stringsAt(follow(property(linkage, "type"), schemas), "enum");
}

export function property(schema: Json | undefined, name: string): Json | undefined {
  return member(objectAt(schema, "properties"), name);
}

/** The name of a sparse-field parameter's type: `apps` in `fields[apps]`. */
export function bracketed(parameter: JsonObject, kind: "fields" | "limit"): string | undefined {
  const name = stringAt(parameter, "name") ?? "";
  return name.startsWith(`${kind}[`) && name.endsWith("]") ? name.slice(kind.length + 1, -1) : undefined;
}
