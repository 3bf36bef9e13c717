import { arrayAt, isObject, type JsonObject, objectAt, stringAt } from "../document/json.js";
import type { Operation } from "../document/operations.js";
import { follow, referencesIn } from "../document/schemas.js";
import { MEMBERS, type Plan, type Taken } from "./prune.js";
import { bracketed, property, resourceType } from "./resources.js";

/**
 * The parameters that an operation keeps. Besides those that the entry does not list, it loses the `fields` of resources
 * that cannot arrive any more and the `limit` of relationships that cannot be included any more.
 * @param schemas the schemas after pruning
 */
export function prunedParameters(
  operation: Operation,
  own: Taken,
  plan: Plan,
  schemas: JsonObject,
): JsonObject[] {
  const types = reachableTypes(operation, schemas);
  return arrayAt(operation.body, "parameters")
    .filter(isObject)
    .filter((parameter) => isTaken(parameter, own))
    .flatMap((parameter) => {
      const type = bracketed(parameter, "fields");
      const relationship = bracketed(parameter, "limit");
      if (own.include && relationship !== undefined && !own.include.includes(relationship)) return [];
      if (own.include && type !== undefined && !types.has(type)) return [];
      if (parameter.name === "include" && own.include) return withValues(parameter, new Set(own.include));
      return type === undefined ? [parameter] : withValues(parameter, fieldsOf(type, plan, schemas));
    });
}

function isTaken(parameter: JsonObject, { parameters, include }: Taken): boolean {
  const name = stringAt(parameter, "name") ?? "";
  if (parameter.in !== "query" || parameter.required === true || !parameters) return true;
  return parameters.includes(name) || (name === "include" && include !== undefined);
}

/** The types of all resources in the response. */
function reachableTypes(operation: Operation, schemas: JsonObject): Set<string> {
  const names = new Set(referencesIn(objectAt(operation.body, "responses")));
  for (const name of names) for (const next of referencesIn(schemas[name])) names.add(next);
  return new Set([...names].map((name) => resourceType(schemas[name], schemas) ?? ""));
}

/** The fields that a pruned type still has; undefined for a type that is not pruned. */
function fieldsOf(type: string, { members }: Plan, schemas: JsonObject): ReadonlySet<string> | undefined {
  const fields = new Set<string>();
  for (const [name, kept] of members) {
    if (resourceType(schemas[name], schemas) !== type) continue;
    for (const key of MEMBERS) {
      const all = Object.keys(objectAt(follow(property(schemas[name], key), schemas), "properties"));
      for (const each of all) fields.add(each);
    }
    if (!kept.attributes && !kept.relationships) return undefined;
  }
  return fields.size > 0 ? fields : undefined;
}

/** The parameter with only these of its values; nothing when none is left. */
function withValues(parameter: JsonObject, kept: ReadonlySet<string> | undefined): JsonObject[] {
  if (!kept) return [parameter];
  const schema = objectAt(parameter, "schema");
  const holder = isObject(schema.items) ? schema.items : schema;
  const values = arrayAt(holder, "enum").filter((each) => typeof each === "string" && kept.has(each));
  if (values.length === 0) return [];
  const limited = { ...holder, enum: values };
  return [{ ...parameter, schema: isObject(schema.items) ? { ...schema, items: limited } : limited }];
}
