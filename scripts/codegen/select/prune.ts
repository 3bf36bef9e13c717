import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  sorted,
  stringAt,
  stringsAt,
} from "../document/json.js";
import type { Operation } from "../document/operations.js";
import { follow, referencesIn } from "../document/schemas.js";
import { SpecError } from "../document/spec.js";
import {
  bracketed,
  property,
  relatedTypes,
  requestName,
  resourceName,
  resourceType,
  responseName,
} from "./resources.js";

/** What an entry of openapi/operations.json takes of Apple's operation. A list that is absent takes all. */
export interface Taken {
  /** Query parameters. */
  readonly parameters?: readonly string[];
  /** Values of `include`. */
  readonly include?: readonly string[];
  /** Attributes and relationships of the resource in the response's, or the request's, `data`. */
  readonly attributes?: readonly string[];
  readonly relationships?: readonly string[];
}

export const MEMBERS = ["attributes", "relationships"] as const;
export type Member = (typeof MEMBERS)[number];

/** The names that some of the operations take; undefined when one of them takes all. */
type Kept = ReadonlySet<string> | undefined;

/** What to keep of each schema, for all operations that use it. */
export interface Plan {
  /** By schema, for resources and for requests. */
  readonly members: ReadonlyMap<string, Readonly<Record<Member, Kept>>>;
  /** The values of `include`, by the schema of the response. */
  readonly included: ReadonlyMap<string, Kept>;
  /** The resource in a response, by the schema of the response. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Any resource in `included` that is not taken. Apple may send it, so a type without it would be wrong. */
const OTHER_RESOURCE: JsonObject = {
  properties: { id: { type: "string" }, type: { type: "string" } },
  required: ["id", "type"],
  type: "object",
};

/** Makes the plan. @param schemas all schemas that the operations reach, before pruning */
export function planOf(
  operations: readonly Operation[],
  taken: ReadonlyMap<string, Taken>,
  schemas: JsonObject,
): Plan {
  const members = new Map<string, Record<Member, Kept>>();
  const included = new Map<string, Kept>();
  const resources = new Map<string, string>();
  for (const operation of operations) {
    const own = taken.get(operation.operationId) ?? {};
    const response = responseName(operation);
    const resource = resourceName(response, schemas);
    if (response !== undefined && resource !== undefined) {
      resources.set(response, resource);
      if (operation.parameters.has("query include")) {
        included.set(response, widened(included, response, own.include));
      }
    }
    for (const name of [resource, requestName(operation)]) {
      if (name === undefined) continue;
      const before = members.get(name);
      const kept = (key: Member) => (before && !before[key] ? undefined : union(before?.[key], own[key]));
      members.set(name, { attributes: kept("attributes"), relationships: kept("relationships") });
    }
  }
  return { members, included, resources };
}

function widened(map: ReadonlyMap<string, Kept>, key: string, names: readonly string[] | undefined): Kept {
  return map.has(key) && map.get(key) === undefined ? undefined : union(map.get(key), names);
}

function union(kept: Kept, names: readonly string[] | undefined): Kept {
  return names === undefined ? undefined : new Set([...(kept ?? []), ...names]);
}

/** A schema with only what the plan keeps of it. */
export function prunedSchema(name: string, schema: JsonObject, plan: Plan, schemas: JsonObject): JsonObject {
  const kept = plan.members.get(name);
  const include = plan.included.get(name);
  let result = schema;
  if (kept) {
    result =
      "data" in objectAt(schema, "properties")
        ? withData(name, schema, kept, schemas)
        : withMembers(name, schema, kept, schemas);
  }
  const resource = plan.resources.get(name);
  return include && resource !== undefined ? withIncluded(result, resource, include, schemas) : result;
}

/** Prunes the resource in a request's `data`. */
function withData(
  name: string,
  schema: JsonObject,
  kept: Record<Member, Kept>,
  schemas: JsonObject,
): JsonObject {
  const data = property(schema, "data");
  if (!isObject(data) || MEMBERS.every((key) => kept[key] === undefined)) return schema;
  return withProperty(schema, "data", withMembers(name, follow(data, schemas), kept, schemas));
}

function withMembers(
  name: string,
  schema: JsonObject,
  kept: Record<Member, Kept>,
  schemas: JsonObject,
): JsonObject {
  let result = schema;
  for (const key of MEMBERS) {
    const names = kept[key];
    const members = property(schema, key);
    if (!names || !isObject(members)) continue;
    const whole = follow(members, schemas);
    const properties = Object.entries(objectAt(whole, "properties")).filter(([each]) => names.has(each));
    for (const required of stringsAt(whole, "required")) {
      if (names.has(required)) continue;
      throw new SpecError(`openapi/operations.json does not take ${required} of ${name}, which is required`);
    }
    result = withProperty(
      result,
      key,
      properties.length === 0 ? undefined : { ...whole, properties: sorted(properties) },
    );
  }
  return result;
}

function withIncluded(
  schema: JsonObject,
  resource: string,
  include: ReadonlySet<string>,
  schemas: JsonObject,
): JsonObject {
  const included = follow(property(schema, "included"), schemas);
  const items = follow(included.items, schemas);
  const alternatives = [...arrayAt(items, "oneOf"), ...arrayAt(items, "anyOf")];
  const choices = alternatives.length > 0 ? alternatives : [included.items ?? {}];
  const types = new Set([...include].flatMap((path) => typesAt(path, resource, schemas)));
  const kept = choices.filter((each) => types.has(resourceType(each, schemas) ?? ""));
  if (kept.length === 0) return withProperty(schema, "included", undefined);
  if (kept.length === choices.length) return schema;
  return withProperty(schema, "included", {
    ...included,
    items: { anyOf: [...kept, OTHER_RESOURCE] },
  });
}

/** The types of the resources that a value of `include` adds; `a.b` is relationship b of the resources in a. */
function typesAt(path: string, resource: string, schemas: JsonObject): string[] {
  let types: string[] = [];
  let from: (Json | undefined)[] = [schemas[resource]];
  for (const relationship of path.split(".")) {
    types = from.flatMap((each) => relatedTypes(each, relationship, schemas));
    from = Object.values(schemas).filter((each) => types.includes(resourceType(each, schemas) ?? ""));
  }
  return types;
}

function withProperty(schema: JsonObject, name: string, value: JsonObject | undefined): JsonObject {
  const others = Object.entries(objectAt(schema, "properties")).filter(([each]) => each !== name);
  const properties = sorted(value === undefined ? others : [...others, [name, value]]);
  const required = arrayAt(schema, "required").filter((each) => value !== undefined || each !== name);
  const { required: _, ...rest } = schema;
  return sorted(Object.entries({ ...rest, properties, ...(required.length > 0 && { required }) }));
}

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

/** Whether an entry takes only a part of the parameters or of the values of `include`. */
export function isPruned(own: Taken | undefined): boolean {
  return own !== undefined && (own.parameters !== undefined || own.include !== undefined);
}

/** The names of the schemas that the plan keeps only a part of. */
export function prunedNames(plan: Plan): Set<string> {
  return new Set(
    [...plan.members].filter(([, kept]) => kept.attributes || kept.relationships).map(([name]) => name),
  );
}
