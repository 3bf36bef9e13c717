import { childOf, isData, isProse, isSet, type Kind, kindAt } from "../document/grammar.js";
import { byName, canonical, isObject, type Json, type JsonObject, member, sorted } from "../document/json.js";
import { parameterKey } from "../document/operations.js";
import { keysOf, resolve, schemaName, schemaRef } from "../document/references.js";
import { follow, schemasOf, typesOf } from "../document/schemas.js";
import { SpecError } from "../document/spec.js";
import { normalSchema } from "./normal-schema.js";
import { normalScheme, normalSecurity } from "./security.js";

/** The defaults of keywords. Those of `style` and `explode` depend on the rest of the parameter. */
const DEFAULTS: Partial<Record<Kind, Readonly<Record<string, Json>>>> = {
  header: { allowEmptyValue: false, allowReserved: false, deprecated: false, required: false },
  mediaType: { encoding: {} },
  operation: { deprecated: false, parameters: [], tags: [], callbacks: {} },
  parameter: { allowEmptyValue: false, allowReserved: false, deprecated: false, required: false },
  pathItem: { parameters: [] },
  requestBody: { required: false },
  response: { headers: {}, links: {}, content: {} },
};

/**
 * Brings the nodes of a document into normal form, which is the same for all ways to write the same. It has no prose and
 * no default values, its keys and sets are sorted, references other than those to schemas are resolved, and its schemas
 * are as {@link normalSchema} describes.
 */
export class Normalizer {
  readonly #document: JsonObject;
  readonly #schemas = new Map<string, JsonObject | "under way">();
  /** References whose target exists. Many nodes have the same ones, so each is checked once. */
  readonly #checked = new Set<string>();
  /** References being resolved. */
  readonly #resolving: string[] = [];

  constructor(document: JsonObject) {
    this.#document = document;
  }

  /** The normal form of a schema by name; undefined while it is being made. */
  schema(name: string): JsonObject | undefined {
    const known = this.#schemas.get(name);
    if (known !== undefined) return known === "under way" ? undefined : known;
    this.#schemas.set(name, "under way");
    const made = this.node("schema", member(schemasOf(this.#document), name) ?? {}, `schema ${name}`);
    const schema = isObject(made) ? made : {};
    this.#schemas.set(name, schema);
    return schema;
  }

  /** The normal form of a node. Errors say that it is in `from`. */
  node(kind: Kind, node: Json, from: string): Json {
    if (kind === "schema" && node === true) return {};
    if (!isObject(node)) return plain(node);
    const ref = member(node, "$ref");
    if (typeof ref === "string") {
      return kind === "schema" ? this.#schemaReference(ref, node, from) : this.#inline(kind, ref, from);
    }
    return this.#members(kind, node, from);
  }

  #members(kind: Kind, node: JsonObject, from: string): Json {
    const members = Object.entries(node)
      .filter(([keyword]) => kind === "callback" || !isProse(keyword))
      .map(([keyword, value]): [string, Json] => [keyword, this.#child(kind, keyword, value, from)])
      .filter(([keyword, value]) => !isDefault(kind, keyword, value))
      .map(([keyword, value]): [string, Json] => [keyword, inOrder(keyword, value)]);
    const normal = sorted(members);
    if (kind === "schema") return normalSchema(normal, (name) => this.#schemaBehind(name));
    if (kind === "securityScheme") return normalScheme(normal);
    if (kind === "operation" && Array.isArray(normal.security))
      return { ...normal, security: normalSecurity(normal.security) };
    if (kind !== "parameter" && kind !== "header") return normal;
    const schema = member(normal, "schema");
    return schema === undefined
      ? normal
      : withoutDefaultStyle(kind, { ...normal, schema: this.#expand(schema) });
  }

  #child(kind: Kind, keyword: string, value: Json, from: string): Json {
    const holds = childOf(kind, keyword);
    if (holds?.in === "list" && Array.isArray(value))
      return value.map((each) => this.node(holds.kind, each, from));
    if (holds?.in === "map" && isObject(value)) {
      return sorted(Object.entries(value).map(([name, each]) => [name, this.node(holds.kind, each, from)]));
    }
    return holds?.in === "node" ? this.node(holds.kind, value, from) : plain(value, isData(keyword));
  }

  #schemaReference(ref: string, node: JsonObject, from: string): Json {
    this.#check(ref, from);
    const name = schemaName(ref);
    if (name === undefined) return this.#inline("schema", ref, from);
    const target = { $ref: schemaRef(name) };
    // OpenAPI 3.0 ignores keywords next to a reference, but Apple's files have `deprecated` there.
    const { $ref: _, ...beside } = node;
    if (Object.keys(beside).every(isProse)) return target;
    return this.#members("schema", { ...beside, allOf: [target] }, from);
  }

  #check(ref: string, from: string): void {
    if (this.#checked.has(ref)) return;
    resolve(this.#document, ref, from);
    if (kindAt(keysOf(ref)) !== "schema") {
      throw new SpecError(`${from} refers to ${ref}, which is not a schema`);
    }
    this.#checked.add(ref);
  }

  #inline(kind: Kind, ref: string, from: string): Json {
    if (this.#resolving.includes(ref))
      throw new SpecError(`${from} refers to ${ref}, which refers to itself`);
    this.#resolving.push(ref);
    const node = this.node(kind, resolve(this.#document, ref, from), ref);
    this.#resolving.pop();
    return node;
  }

  /** The schema with a name; if that is only a reference, the schema it refers to. */
  #schemaBehind(name: string, seen: readonly string[] = []): JsonObject | undefined {
    const schema = this.schema(name);
    const next = schemaName(typeof schema?.$ref === "string" ? schema.$ref : undefined);
    if (next === undefined) return schema;
    return seen.includes(next) ? undefined : this.#schemaBehind(next, [...seen, next]);
  }

  /** The schema of a parameter with all references resolved, so that its bounds and values are part of the parameter. */
  #expand(schema: Json, seen: readonly string[] = []): Json {
    if (Array.isArray(schema)) return schema.map((each) => this.#expand(each, seen));
    if (!isObject(schema)) return schema;
    const name = schemaName(typeof schema.$ref === "string" ? schema.$ref : undefined);
    if (name !== undefined) {
      if (seen.includes(name))
        throw new SpecError(`schema ${name} contains itself, and a parameter refers to it`);
      return this.#expand(this.schema(name) ?? {}, [...seen, name]);
    }
    const expanded = sorted(Object.entries(schema).map(([key, value]) => [key, this.#expand(value, seen)]));
    return "allOf" in expanded ? normalSchema(expanded, () => undefined) : expanded;
  }
}

function isDefault(kind: Kind, keyword: string, value: Json): boolean {
  const meaning = member(DEFAULTS[kind], keyword);
  return meaning !== undefined && canonical(meaning) === canonical(value);
}

/** Leaves out the default style. Lists and objects get their `explode`; for other values it has no meaning. */
function withoutDefaultStyle(kind: "header" | "parameter", parameter: JsonObject): JsonObject {
  const { style, explode, ...rest } = parameter;
  const isSimple = kind === "header" || parameter.in === "path" || parameter.in === "header";
  const usual = isSimple ? "simple" : "form";
  const explodes = typeof explode === "boolean" ? explode : (style ?? usual) === "form";
  const types = typesOf(follow(parameter.schema, {}));
  const isScalar = types.length > 0 && types.every((type) => type !== "array" && type !== "object");
  return sorted([
    ...Object.entries(rest),
    ...(style !== undefined && style !== usual ? [["style", style] as const] : []),
    ...(isScalar ? [] : [["explode", explodes] as const]),
  ]);
}

/** A value outside the grammar: its keys are sorted, and unless it is data, prose in it is dropped. */
function plain(value: Json, data = false): Json {
  if (Array.isArray(value)) return value.map((each) => plain(each, data));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([key]) => data || !isProse(key));
  return sorted(members.map(([key, each]) => [key, plain(each, data)]));
}

/** A list with its items in the order of the normal form, if the keyword's lists are sets. */
export function inOrder(keyword: string, value: Json): Json {
  if (!Array.isArray(value) || !isSet(keyword)) return value;
  const key = (each: Json) =>
    keyword === "parameters" && isObject(each) ? parameterKey(each) : canonical(each);
  return value
    .map((each) => [key(each), each] as const)
    .sort(([a], [b]) => byName(a, b))
    .map(([, each]) => each);
}
