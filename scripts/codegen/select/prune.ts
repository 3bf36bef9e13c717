import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  objectAt,
  sorted,
  stringsAt,
} from "../document/json.js";
import type { Operation } from "../document/operations.js";
import { follow } from "../document/schemas.js";
import { SpecError } from "../document/spec.js";
import {
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
