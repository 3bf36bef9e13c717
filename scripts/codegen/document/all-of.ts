import { arrayAt, isObject, type Json, type JsonObject, member, objectAt, same, sorted } from "./json.js";

/** Combines the values that two parts of an `allOf` have for one keyword; undefined when that is impossible. */
type Combine = (a: Json, b: Json) => Json | undefined;

const smaller: Combine = (a, b) =>
  typeof a === "number" && typeof b === "number" ? Math.min(a, b) : undefined;
const larger: Combine = (a, b) =>
  typeof a === "number" && typeof b === "number" ? Math.max(a, b) : undefined;
const either: Combine = (a, b) => a === true || b === true;
const union: Combine = (a, b) =>
  Array.isArray(a) && Array.isArray(b)
    ? [...a, ...b.filter((each) => !a.some((other) => same(each, other)))]
    : undefined;
const common: Combine = (a, b) => {
  if (!Array.isArray(a) || !Array.isArray(b)) return undefined;
  const both = a.filter((each) => b.some((other) => same(each, other)));
  return both.length > 0 ? both : undefined;
};

const COMBINE: Readonly<Record<string, Combine>> = {
  deprecated: either,
  enum: common,
  exclusiveMaximum: smaller,
  exclusiveMinimum: larger,
  items: (a, b) => bothSchemas(a, b),
  maxItems: smaller,
  maxLength: smaller,
  maxProperties: smaller,
  maximum: smaller,
  minItems: larger,
  minLength: larger,
  minProperties: larger,
  minimum: larger,
  properties: bothProperties,
  readOnly: either,
  required: union,
  type: commonType,
  uniqueItems: either,
  writeOnly: either,
};

/**
 * Merges the parts of an `allOf` into one schema with the same meaning. Undefined when a part is a reference, and when
 * no single schema can say it: two different patterns, for example.
 */
export function mergeAll(parts: readonly JsonObject[]): JsonObject | undefined {
  if (parts.some((part) => "$ref" in part || "allOf" in part) || closesOther(parts)) return undefined;
  const result = new Map<string, Json>();
  for (const [keyword, value] of parts.flatMap((part) => Object.entries(part))) {
    if (keyword === "nullable") continue;
    const before = result.get(keyword);
    const combined = before === undefined || same(before, value) ? value : combine(keyword, before, value);
    if (combined === undefined) return undefined;
    result.set(keyword, combined);
  }
  // Null must satisfy every part. A part without a type says nothing about it.
  const isNullable = parts.some((part) => member(part, "nullable") === true);
  if (isNullable && parts.every((part) => member(part, "nullable") === true || allowsNull(part)))
    result.set("nullable", true);
  return sorted(result);
}

function allowsNull(part: JsonObject): boolean {
  return !["type", "enum", "not", "oneOf", "anyOf"].some((keyword) => keyword in part);
}

function combine(keyword: string, a: Json, b: Json): Json | undefined {
  return Object.hasOwn(COMBINE, keyword) ? COMBINE[keyword]?.(a, b) : undefined;
}

/** A part that limits additional properties counts the properties of the other parts as additional. */
function closesOther(parts: readonly JsonObject[]): boolean {
  return parts.some(
    (part) =>
      "additionalProperties" in part &&
      parts.some((other) =>
        Object.keys(objectAt(other, "properties")).some(
          (name) => !Object.hasOwn(objectAt(part, "properties"), name),
        ),
      ),
  );
}

function commonType(a: Json, b: Json): Json | undefined {
  const [types, others] = [typeList(a), typeList(b)];
  const allows = (list: readonly Json[], type: Json) =>
    list.includes(type) || (type === "integer" && list.includes("number"));
  const both = [
    ...types.filter((type) => allows(others, type)),
    ...others.filter((type) => allows(types, type) && !types.includes(type)),
  ];
  return both.length > 1 ? both : both[0];
}

function typeList(type: Json): Json[] {
  return Array.isArray(type) ? type : [type];
}

function bothProperties(a: Json, b: Json): Json | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  const result = new Map(Object.entries(a));
  for (const [name, schema] of Object.entries(b)) {
    const before = result.get(name);
    const combined = before === undefined || same(before, schema) ? schema : bothSchemas(before, schema);
    if (combined === undefined) return undefined;
    result.set(name, combined);
  }
  return sorted(result);
}

function bothSchemas(a: Json, b: Json): Json | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  return mergeAll([a, b]) ?? { allOf: [a, b] };
}

/** The parts of an `allOf`. */
export function partsOf(schema: JsonObject): JsonObject[] {
  return arrayAt(schema, "allOf").filter(isObject);
}
