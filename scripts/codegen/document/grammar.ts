/**
 * What an OpenAPI document has where. The position decides whether a name is a keyword (`description`, which is prose)
 * or the name of something (a property called `description`, which is structure).
 */
export type Kind =
  | "callback"
  | "components"
  | "document"
  | "encoding"
  | "header"
  | "link"
  | "mediaType"
  | "operation"
  | "parameter"
  | "pathItem"
  | "requestBody"
  | "response"
  | "schema"
  | "securityScheme"
  | "server"
  | "variable";

/** One node of a kind, a list of them, or a map from names to them. */
type Child = { readonly kind: Kind; readonly in: "node" | "list" | "map" };

const node = (kind: Kind): Child => ({ kind, in: "node" });
const list = (kind: Kind): Child => ({ kind, in: "list" });
const map = (kind: Kind): Child => ({ kind, in: "map" });

export const METHODS = ["delete", "get", "head", "options", "patch", "post", "put", "trace"] as const;
export type Method = (typeof METHODS)[number];

const GRAMMAR: Record<Exclude<Kind, "callback">, Readonly<Record<string, Child>>> = {
  document: { components: node("components"), paths: map("pathItem"), servers: list("server") },
  components: {
    headers: map("header"),
    parameters: map("parameter"),
    pathItems: map("pathItem"),
    requestBodies: map("requestBody"),
    responses: map("response"),
    schemas: map("schema"),
    securitySchemes: map("securityScheme"),
  },
  pathItem: {
    parameters: list("parameter"),
    servers: list("server"),
    ...Object.fromEntries(METHODS.map((method) => [method, node("operation")])),
  },
  operation: {
    callbacks: map("callback"),
    parameters: list("parameter"),
    requestBody: node("requestBody"),
    responses: map("response"),
    servers: list("server"),
  },
  parameter: { schema: node("schema"), content: map("mediaType") },
  header: { schema: node("schema"), content: map("mediaType") },
  link: { server: node("server") },
  requestBody: { content: map("mediaType") },
  response: { content: map("mediaType"), headers: map("header"), links: map("link") },
  mediaType: { schema: node("schema"), encoding: map("encoding") },
  encoding: { headers: map("header") },
  server: { variables: map("variable") },
  variable: {},
  securityScheme: {},
  schema: {
    additionalProperties: node("schema"),
    allOf: list("schema"),
    anyOf: list("schema"),
    contains: node("schema"),
    dependentSchemas: map("schema"),
    else: node("schema"),
    if: node("schema"),
    items: node("schema"),
    not: node("schema"),
    oneOf: list("schema"),
    patternProperties: map("schema"),
    prefixItems: list("schema"),
    properties: map("schema"),
    propertyNames: node("schema"),
    // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
    then: node("schema"),
    unevaluatedItems: node("schema"),
    unevaluatedProperties: node("schema"),
  },
};

/** What a keyword holds in a node of this kind; undefined for plain values. */
export function childOf(kind: Kind, keyword: string): Child | undefined {
  // The members of a callback are expressions, each with a path item.
  if (kind === "callback") return node("pathItem");
  return Object.hasOwn(GRAMMAR[kind], keyword) ? GRAMMAR[kind][keyword] : undefined;
}

/** What a document has at a path of keys and indexes; undefined for a plain value, a list or a map. */
export function kindAt(keys: readonly string[]): Kind | undefined {
  let kind: Kind | undefined = "document";
  let rest = keys;
  while (rest.length > 0 && kind !== undefined) {
    const [keyword = "", ...others]: readonly string[] = rest;
    const holds: Child | undefined = childOf(kind, keyword);
    const isMember = holds !== undefined && holds.in !== "node";
    kind = isMember && others.length === 0 ? undefined : holds?.kind;
    rest = isMember ? others.slice(1) : others;
  }
  return kind;
}

const PROSE = new Set(["$comment", "description", "example", "examples", "externalDocs", "summary", "title"]);

/** Keywords that only people read, and vendors' extensions: they do not say what a request or a response is. */
export function isProse(keyword: string): boolean {
  return PROSE.has(keyword) || keyword.startsWith("x-");
}

const SETS = new Set([
  "allOf",
  "anyOf",
  "enum",
  "oneOf",
  "parameters",
  "required",
  "security",
  "tags",
  "type",
]);

/** Keywords with lists whose order has no meaning; it changes between Apple's versions. */
export function isSet(keyword: string): boolean {
  return SETS.has(keyword);
}

const DATA = new Set(["const", "default", "discriminator", "enum", "required", "tags"]);

/** Keywords that hold values or names: in them, nothing is a keyword. */
export function isData(keyword: string): boolean {
  return DATA.has(keyword);
}
