import { arrayAt, type JsonObject, objectAt, sorted, stringAt } from "../document/json.js";

/** The document as a module, for what reads schemas at run time (the sandbox). */
export function generateDocument(document: JsonObject): string {
  const { openapi = "", info = {}, paths = {} } = document;
  const components = { schemas: objectAt(objectAt(document, "components"), "schemas") };
  const servers = arrayAt(document, "servers").map((server) => ({ url: stringAt(server, "url") ?? "" }));
  const whole = sorted(Object.entries({ openapi, info, servers, paths, components }));
  // As text: Node parses it faster than a literal of this size, and a new keyword of Apple's is not a type error.
  const text = lines(whole).replace(/[\\`]|\$\{/g, "\\$&");
  return `${DECLARATIONS}\nexport const document: Document = JSON.parse(\`${text}\`);\n`;
}

/** JSON with one line for each path and schema: small, and a diff shows what changed. */
function lines({ components, paths, ...rest }: JsonObject): string {
  const members = (value: JsonObject[string] | undefined) =>
    Object.entries(value ?? {}).map(([name, each]) => `${JSON.stringify(name)}:${JSON.stringify(each)}`);
  return `{${[
    ...members(rest),
    `"paths":{\n${members(paths).join(",\n")}\n}`,
    `"components":{"schemas":{\n${members(objectAt(components, "schemas")).join(",\n")}\n}}`,
  ].join(",\n")}}`;
}

const DECLARATIONS = `/** A JSON schema as this document uses it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: "array" | "boolean" | "integer" | "number" | "object" | "string";
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly nullable?: boolean;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly deprecated?: boolean;
  readonly description?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly style?: string;
  readonly explode?: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly description?: string;
}

export interface Operation {
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly externalDocs?: { readonly url: string };
  readonly deprecated?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

interface PathItem {
  readonly parameters?: readonly Parameter[];
  readonly delete?: Operation;
  readonly get?: Operation;
  readonly patch?: Operation;
  readonly post?: Operation;
  readonly put?: Operation;
}

/** The covered part of Apple's OpenAPI document, corrections and our descriptions applied. */
export interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
`;
