/**
 * What an OpenAPI document holds where. Knowing the position tells a keyword (`description`, prose) from a
 * name (a property called `description`, structure).
 */
export type Kind =
  | "components"
  | "document"
  | "encoding"
  | "header"
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

export const methods = ["delete", "get", "head", "options", "patch", "post", "put", "trace"] as const;
export type Method = (typeof methods)[number];

const grammar: Record<Kind, Readonly<Record<string, Child>>> = {
  document: { components: node("components"), paths: map("pathItem"), servers: list("server") },
  components: { schemas: map("schema"), securitySchemes: map("securityScheme") },
  pathItem: {
    parameters: list("parameter"),
    servers: list("server"),
    ...Object.fromEntries(methods.map((method) => [method, node("operation")])),
  },
  operation: {
    parameters: list("parameter"),
    requestBody: node("requestBody"),
    responses: map("response"),
    servers: list("server"),
  },
  parameter: { schema: node("schema"), content: map("mediaType") },
  header: { schema: node("schema"), content: map("mediaType") },
  requestBody: { content: map("mediaType") },
  response: { content: map("mediaType"), headers: map("header") },
  mediaType: { schema: node("schema"), encoding: map("encoding") },
  encoding: { headers: map("header") },
  server: { variables: map("variable") },
  variable: {},
  securityScheme: {},
  schema: {
    additionalProperties: node("schema"),
    allOf: list("schema"),
    anyOf: list("schema"),
    items: node("schema"),
    not: node("schema"),
    oneOf: list("schema"),
    patternProperties: map("schema"),
    properties: map("schema"),
  },
};

/** What stands under this keyword in a node of this kind; undefined for plain values. */
export function childOf(kind: Kind, keyword: string): Child | undefined {
  return Object.hasOwn(grammar[kind], keyword) ? grammar[kind][keyword] : undefined;
}

const prose = new Set(["description", "example", "examples", "externalDocs", "summary", "title"]);

/** Keywords that only people read, and vendors' extensions: neither says what a request or a response is. */
export function isProse(keyword: string): boolean {
  return prose.has(keyword) || keyword.startsWith("x-");
}

const sets = new Set([
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

/** Keywords whose arrays are sets: their order says nothing and changes between Apple's versions. */
export function isSet(keyword: string): boolean {
  return sets.has(keyword);
}

const data = new Set(["const", "default", "discriminator", "enum", "required", "tags"]);

/** Keywords that hold values or names, in which nothing is a keyword. */
export function isData(keyword: string): boolean {
  return data.has(keyword);
}
