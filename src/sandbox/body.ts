import type { Schema } from "../../generated/document.js";
import { type Route, resolve } from "./description.js";
import { ApiError } from "./errors.js";
import type { SandboxRequest } from "./reply.js";

/** The document of a create or update request, checked against the operation's schema. */
export interface RequestDocument {
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The linked resource's id by relationship. */
  readonly relationships: Readonly<Record<string, { readonly type: string; readonly id: string }>>;
}

export async function readBody(route: Route, request: SandboxRequest): Promise<RequestDocument> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^application\/(vnd\.api\+)?json *(;|$)/i.test(contentType)) {
    throw new ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "The Content-Type must be application/json.");
  }
  const body = parse(await request.text());
  const schema = resolve(route.operation.requestBody?.content?.["application/json"]?.schema);
  check(body, schema, "");
  // Checked just above: an object with `data` of the schema's shape.
  const { data } = body as { data: Record<string, unknown> };
  const links = Object.entries(
    (data.relationships ?? {}) as Record<string, { data?: { type: string; id: string } }>,
  );
  return {
    ...(typeof data.id === "string" && { id: data.id }),
    attributes: (data.attributes ?? {}) as Record<string, unknown>,
    relationships: Object.fromEntries(
      links.flatMap(([name, link]) => (link.data ? [[name, link.data]] : [])),
    ),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, "ENTITY_INVALID", "The request's body is not JSON.");
  }
}

/** Throws Apple's code for the first place where `value` is not what `schema` says. */
function check(value: unknown, reference: Schema, pointer: string): void {
  const schema = resolve(reference);
  if (value === null) {
    if (!schema.nullable) throw wrong(pointer, "INVALID", "null is not allowed here");
    return;
  }
  if (typeOf(value) !== schema.type) {
    throw wrong(pointer, "INVALID.TYPE", `expected ${schema.type}, found ${typeOf(value)}`);
  }
  if (schema.enum && !schema.enum.includes(String(value))) {
    throw wrong(pointer, "INVALID", `expected ${schema.enum.join(" or ")}`);
  }
  if (schema.format === "uri" && !URL.canParse(String(value)))
    throw wrong(pointer, "INVALID", "expected a URL");
  if (schema.type !== "object") return;
  const properties = schema.properties ?? {};
  const given = value as Record<string, unknown>;
  for (const name of schema.required ?? []) {
    if (given[name] === undefined) throw wrong(`${pointer}/${name}`, "REQUIRED", "it is missing");
  }
  for (const [name, inner] of Object.entries(given)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!property) throw wrong(`${pointer}/${name}`, "UNKNOWN", "this operation does not know it");
    check(inner, property, `${pointer}/${name}`);
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** A body that is no JSON:API document at all is 422; one with wrong attributes or relationships is 409. */
function wrong(pointer: string, kind: string, what: string): ApiError {
  const detail = `${pointer || "/"}: ${what}.`;
  const source = { pointer: pointer || "/" };
  const [, , part, member] = pointer.split("/");
  if (part === "attributes" && member)
    return new ApiError(409, `ENTITY_ERROR.ATTRIBUTE.${kind}`, detail, { source });
  if (part === "relationships" && member) {
    return new ApiError(409, `ENTITY_ERROR.RELATIONSHIP.${kind}`, detail, { source });
  }
  if (part !== undefined) return new ApiError(409, `ENTITY_ERROR.${kind}`, detail, { source });
  return new ApiError(422, "ENTITY_UNPROCESSABLE", detail, { source });
}
