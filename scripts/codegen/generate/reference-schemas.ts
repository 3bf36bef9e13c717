import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  stringAt,
  stringsAt,
} from "../document/json.js";
import { allowedValues, limitTexts, typeText } from "../document/schema-text.js";
import { follow, nameOf, schemasOf } from "../document/schemas.js";
import { code, plain, schemaAnchor, table } from "./markdown.js";

/** A field of a schema: a row of its table. */
interface Field {
  readonly path: string;
  readonly schema: Json;
  readonly isRequired: boolean;
}

/** A section for each schema: what it is, and a table of its fields, or its values. */
export function schemaSections(document: JsonObject, words: ReadonlyMap<string, string>): string {
  const schemas = schemasOf(document);
  return Object.entries(schemas)
    .map(([name, schema]) => section(name, schema, { schemas, words }))
    .join("\n\n");
}

/** A schema's name with a link to its section, or its type. */
export function typeLink(schema: Json | undefined): string {
  const name = nameOf(schema);
  if (name !== undefined) return `[${code(name)}](#${schemaAnchor(name)})`;
  const view = follow(schema, {});
  const alternatives = [...arrayAt(view, "oneOf"), ...arrayAt(view, "anyOf")];
  if (alternatives.length > 0) return alternatives.map(typeLink).join(" or ");
  return view.type === "array" ? `list of ${typeLink(view.items)}` : plain(typeText(schema));
}

/** What a section is made from besides its schema. */
interface Context {
  readonly schemas: JsonObject;
  /** Our words for fields that mean the same in every schema. */
  readonly words: ReadonlyMap<string, string>;
}

function section(name: string, schema: Json, context: Context): string {
  const view = follow(schema, context.schemas);
  const rows = fieldsOf(view, "", context.schemas).map((field) => row(field, context));
  const values = allowedValues(schema, context.schemas);
  const alias = nameOf(schema);
  const parts = [
    `<a id="${schemaAnchor(name)}"></a>`,
    `### ${name}`,
    ...(view.deprecated === true ? ["> **Deprecated** by Apple."] : []),
    stringAt(schema, "description") ?? stringAt(view, "description") ?? "",
    alias === undefined ? "" : `Another name for ${typeLink(schema)}.`,
    rows.length > 0 ? table(["field", "type", "required", "meaning"], rows) : "",
    rows.length === 0 && values.length > 0 ? `${plain(typeText(view))}: ${values.map(code).join(", ")}` : "",
    rows.length === 0 && values.length === 0 && alias === undefined ? typeLink(view) : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The fields of a schema, with those of objects that have no name of their own. */
function fieldsOf(schema: JsonObject, at: string, schemas: JsonObject): Field[] {
  const required = stringsAt(schema, "required");
  return Object.entries(objectAt(schema, "properties")).flatMap(([name, property]): Field[] => {
    const path = at === "" ? name : `${at}.${name}`;
    const field = { path, schema: property, isRequired: required.includes(name) };
    return [field, ...innerFields(property, path, schemas)];
  });
}

function innerFields(schema: Json, path: string, schemas: JsonObject): Field[] {
  if (nameOf(schema) !== undefined || linkage(schema) !== undefined) return [];
  const view = follow(schema, schemas);
  if (isObject(view.items) && nameOf(view.items) === undefined) {
    return fieldsOf(follow(view.items, schemas), `${path}[]`, schemas);
  }
  return fieldsOf(view, path, schemas);
}

function row({ path, schema, isRequired }: Field, context: Context): string[] {
  return [code(path), fieldType(schema), isRequired ? "yes" : "", meaning(path, schema, context)];
}

function fieldType(schema: Json): string {
  const related = linkage(schema);
  const view = follow(schema, {});
  const nullable = view.nullable === true ? " or null" : "";
  return `${related === undefined ? typeLink(schema) : related}${nullable}`;
}

/** A relationship in a few words, instead of its nested fields, which are the same in all of them. */
function linkage(schema: Json): string | undefined {
  const properties = objectAt(follow(schema, {}), "properties");
  const data = follow(properties.data, {});
  const single = isObject(data.items) ? data.items : data;
  const { id, type, ...others } = objectAt(single, "properties");
  const [name, ...more] = stringsAt(type, "enum");
  if (id === undefined || name === undefined || more.length > 0 || Object.keys(others).length > 0)
    return undefined;
  return isObject(data.items) ? `ids of ${code(name)}` : `id of ${code(name)}`;
}

function meaning(path: string, schema: Json, { schemas, words }: Context): string {
  const view = follow(schema, schemas);
  const field = path.replaceAll("[]", "");
  const general = words.get(field) ?? words.get(field.split(".").at(-1) ?? "");
  const values = nameOf(schema) === undefined ? allowedValues(schema, schemas).map(code) : [];
  const limits = limitTexts(schema, schemas);
  const parts = [
    member(schema, "deprecated") === true ? "Deprecated." : "",
    stringAt(schema, "description") ?? general ?? stringAt(view, "description") ?? "",
    values.length > 0 ? `One of ${values.join(", ")}.` : "",
    limits.length > 0 ? `${limits.join(", ")}.` : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}
