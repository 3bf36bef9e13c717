import { arrayAt, isObject, type Json, type JsonObject, member, stringAt } from "./json.js";
import { schemaName } from "./references.js";

const bounds: Readonly<Record<string, string>> = {
  minimum: "≥",
  exclusiveMinimum: ">",
  maximum: "≤",
  exclusiveMaximum: "<",
  minLength: "length ≥",
  maxLength: "length ≤",
  minItems: "items ≥",
  maxItems: "items ≤",
};

/** A schema in a few words: `integer`, `list of string`, `Checksums`. */
export function typeText(schema: Json | undefined): string {
  const ref = stringAt(schema, "$ref");
  if (ref) return schemaName(ref) ?? ref;
  const type = member(schema, "type");
  const base = Array.isArray(type) ? type.join(" or ") : typeof type === "string" ? type : "any";
  if (base === "array") return `list of ${typeText(member(schema, "items"))}`;
  const format = stringAt(schema, "format");
  return format ? `${base} (${format})` : base;
}

/** The values a schema, or the items of a list, may have. */
export function allowedValues(schema: JsonObject): string[] {
  const items = member(schema, "items");
  const values = arrayAt(schema, "enum");
  return (values.length === 0 && isObject(items) ? arrayAt(items, "enum") : values).map(String);
}

/** The bounds a schema sets: `≤ 200`. */
export function limitTexts(schema: JsonObject): string[] {
  return Object.entries(bounds).flatMap(([keyword, sign]) => {
    const bound = member(schema, keyword);
    return typeof bound === "number" ? [`${sign} ${bound}`] : [];
  });
}
