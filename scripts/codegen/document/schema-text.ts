import { arrayAt, isObject, type Json, type JsonObject, member, stringAt } from "./json.js";
import { follow, nameOf, typesOf } from "./schemas.js";

const BOUNDS: Readonly<Record<string, string>> = {
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
  const name = nameOf(schema);
  if (name !== undefined) return name;
  const view = follow(schema, {});
  const alternatives = [...arrayAt(view, "oneOf"), ...arrayAt(view, "anyOf")];
  if (alternatives.length > 0) return alternatives.map(typeText).join(" or ");
  const base = typesOf(view).join(" or ") || "any";
  if (base === "array") return `list of ${typeText(member(view, "items"))}`;
  const format = stringAt(view, "format");
  return format ? `${base} (${format})` : base;
}

/** The values that a schema, or the items of a list, may have. */
export function allowedValues(schema: Json | undefined, schemas: JsonObject): string[] {
  const view = follow(schema, schemas);
  const values = arrayAt(view, "enum");
  return (
    values.length === 0 && isObject(view.items) ? arrayAt(follow(view.items, schemas), "enum") : values
  ).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
}

/** The bounds that a schema sets: `≤ 200`. */
export function limitTexts(schema: Json | undefined, schemas: JsonObject): string[] {
  const view = follow(schema, schemas);
  return Object.entries(BOUNDS).flatMap(([keyword, sign]) => {
    const bound = member(view, keyword);
    return typeof bound === "number" ? [`${sign} ${bound}`] : [];
  });
}
