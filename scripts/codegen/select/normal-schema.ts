import { mergeAll, partsOf } from "../document/all-of.js";
import { arrayAt, isObject, type Json, type JsonObject, member, same, sorted } from "../document/json.js";
import { schemaName } from "../document/references.js";

/** Keywords that can be added to a reference. */
const ANNOTATIONS = new Set(["default", "deprecated", "nullable", "readOnly", "writeOnly"]);

/** The defaults of keywords. */
const DEFAULTS: readonly (readonly [string, Json])[] = [
  ["additionalProperties", true],
  ["additionalProperties", {}],
  ["dependentRequired", {}],
  ["dependentSchemas", {}],
  ["deprecated", false],
  ["exclusiveMaximum", false],
  ["exclusiveMinimum", false],
  ["items", {}],
  ["minContains", 1],
  ["minItems", 0],
  ["minLength", 0],
  ["minProperties", 0],
  ["not", false],
  ["nullable", false],
  ["pattern", ""],
  ["pattern", ".*"],
  ["patternProperties", {}],
  ["prefixItems", []],
  ["properties", {}],
  ["propertyNames", {}],
  ["readOnly", false],
  ["required", []],
  ["unevaluatedItems", {}],
  ["unevaluatedProperties", {}],
  ["uniqueItems", false],
  ["writeOnly", false],
];

/** Keywords that mean nothing where the values of these others are absent. */
const IDLE: readonly (readonly [string, readonly string[]])[] = [
  ["maxContains", ["contains"]],
  ["minContains", ["contains"]],
  ["then", ["if"]],
  ["else", ["if"]],
  ["if", ["then", "else"]],
];

/** Names and definitions inside a schema, which references to it have used already, and the form of XML. */
const LABELS = new Set(["$anchor", "$defs", "$dynamicAnchor", "$id", "$schema", "definitions", "xml"]);

/** The normal form of a schema by name. Undefined while it is being made, which happens when a schema contains itself. */
export type Lookup = (name: string) => JsonObject | undefined;

/**
 * The normal form of a schema whose inner schemas are in normal form. `const` becomes `enum`, null becomes `nullable`, a
 * single alternative becomes that schema, `allOf` is merged, and defaults are left out.
 */
export function normalSchema(schema: JsonObject, lookup: Lookup): JsonObject {
  let result: JsonObject = { ...schema };
  for (const label of LABELS) delete result[label];
  if ("const" in result) {
    const { const: value = null, ...rest } = result;
    result = "enum" in rest ? { allOf: [rest, { enum: [value] }] } : { ...rest, enum: [value] };
  }
  result = withPlainBounds(withIntegers(withTypeList(withNullable(result))));
  for (const [keyword, meaning] of DEFAULTS) {
    if (keyword in result && same(member(result, keyword), meaning)) delete result[keyword];
  }
  for (const [keyword, others] of IDLE) {
    if (others.every((other) => !(other in result))) delete result[keyword];
  }
  if (!("type" in result)) {
    if ("properties" in result) result.type = "object";
    else if ("items" in result) result.type = "array";
    else if (isTextual(result)) result.type = "string";
  }
  for (const keyword of ["enum", "required", "type"]) {
    const list = arrayAt(result, keyword);
    if (list.length > 0) result[keyword] = unique(list);
  }
  if (Array.isArray(result.type) && result.type.length === 1) result.type = result.type[0] ?? null;
  return sorted(Object.entries(withoutAllOf(withoutSingleAlternative(result), lookup)));
}

function isTextual(schema: JsonObject): boolean {
  const values = arrayAt(schema, "enum");
  return values.length > 0 && values.every((value) => typeof value === "string");
}

function unique(list: readonly Json[]): Json[] {
  return list.filter((each, index) => list.findIndex((other) => same(each, other)) === index);
}

/** OpenAPI 3.1 has null among the types or the alternatives; 3.0 has `nullable`, with null in the `enum` as well. */
function withNullable(schema: JsonObject): JsonObject {
  const result = { ...schema };
  const type = member(result, "type");
  if (Array.isArray(type) && type.includes("null") && type.length > 1) {
    result.type = type.filter((each) => each !== "null");
    result.nullable = true;
  }
  for (const keyword of ["anyOf", "oneOf"]) {
    const alternatives = arrayAt(result, keyword);
    const others = alternatives.filter((each) => !isNull(each));
    if (others.length === alternatives.length || others.length === 0) continue;
    result[keyword] = others;
    result.nullable = true;
  }
  const values = arrayAt(result, "enum");
  if (values.includes(null) && values.length > 1) {
    result.enum = values.filter((each) => each !== null);
    if (type === undefined) result.nullable = true;
  }
  return result;
}

/** `{ type: "null" }`, or a schema whose only value is null. */
function isNull(schema: Json): boolean {
  return member(schema, "type") === "null" || same(member(schema, "enum"), [null]);
}

/** Alternatives that are only types are a list of types. */
function withTypeList(schema: JsonObject): JsonObject {
  for (const keyword of ["anyOf", "oneOf"]) {
    const types = arrayAt(schema, keyword).map((each) =>
      isObject(each) && Object.keys(each).length === 1 ? each.type : undefined,
    );
    if (types.length < 2 || "type" in schema || !types.every((type) => typeof type === "string")) continue;
    const { [keyword]: _, discriminator: __, ...rest } = schema;
    return { ...rest, type: [...types].sort() };
  }
  return schema;
}

/** A multiple of 1 is an integer. */
function withIntegers(schema: JsonObject): JsonObject {
  if (schema.multipleOf !== 1 || (schema.type !== "integer" && schema.type !== "number")) return schema;
  const { multipleOf: _, ...rest } = schema;
  return { ...rest, type: "integer" };
}

/** OpenAPI 3.0 has `exclusiveMaximum: true` next to `maximum`; 3.1 has the number in `exclusiveMaximum`. */
function withPlainBounds(schema: JsonObject): JsonObject {
  const result = { ...schema };
  for (const [bound, exclusive, sign] of [
    ["maximum", "exclusiveMaximum", -1],
    ["minimum", "exclusiveMinimum", 1],
  ] as const) {
    const limit = result[bound];
    if (result[exclusive] === true && typeof limit === "number") {
      result[exclusive] = limit;
      delete result[bound];
    }
    const [included, excluded] = [result[bound], result[exclusive]];
    if (result.type !== "integer" || typeof excluded !== "number" || !Number.isInteger(excluded)) continue;
    const last = excluded + sign;
    // The stricter one applies.
    result[bound] = typeof included === "number" && (included - last) * sign > 0 ? included : last;
    delete result[exclusive];
  }
  return result;
}

/** A single alternative has the same meaning as `allOf` with that schema. */
function withoutSingleAlternative(schema: JsonObject): JsonObject {
  for (const keyword of ["anyOf", "oneOf"]) {
    const [only, ...others] = arrayAt(schema, keyword);
    if (!isObject(only) || others.length > 0) continue;
    const { [keyword]: _, discriminator: __, ...rest } = schema;
    return { ...rest, allOf: [...partsOf(rest), only] };
  }
  return schema;
}

function withoutAllOf(schema: JsonObject, lookup: Lookup): JsonObject {
  if (!("allOf" in schema)) return schema;
  const { allOf: _, ...own } = schema;
  const parts = partsOf(schema);
  const [only, ...others] = parts;
  if (!only) return own;
  const annotated = Object.keys(own).every((keyword) => ANNOTATIONS.has(keyword));
  if (others.length === 0 && Object.keys(own).length === 0) return only;
  if (others.length === 0 && annotated && "$ref" in only) return schema;
  const { nullable, ...rest } = own;
  const resolved = parts.map((part) => {
    const name = schemaName(typeof part.$ref === "string" ? part.$ref : undefined);
    return name === undefined ? part : lookup(name);
  });
  const known = resolved.filter((part) => part !== undefined);
  const merged =
    known.length === parts.length
      ? mergeAll(Object.keys(rest).length > 0 ? [...known, rest] : known)
      : undefined;
  if (merged === undefined) return schema;
  // If one part has the whole meaning, the result is that part, with its name.
  const index = known.findIndex((part) => same(part, merged));
  const named = index < 0 ? undefined : parts[index];
  if (named && "$ref" in named) return nullable === true ? { allOf: [named], nullable } : named;
  const whole = withInnerAllOf(merged, lookup);
  return nullable === true ? { ...whole, nullable } : whole;
}

/** Where two parts describe the same property, merging made an `allOf` of the property. */
function withInnerAllOf(schema: JsonObject, lookup: Lookup): JsonObject {
  const result = { ...schema };
  if (isObject(result.items)) result.items = withoutAllOf(result.items, lookup);
  if (isObject(result.properties)) {
    result.properties = sorted(
      Object.entries(result.properties).map(([name, property]) => [
        name,
        isObject(property) ? withoutAllOf(property, lookup) : property,
      ]),
    );
  }
  return result;
}
