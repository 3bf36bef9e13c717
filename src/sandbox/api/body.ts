import type { Schema } from "../../../generated/document.js";
import { isObject, parseJson } from "../../json.js";
import { parseUrl } from "../../parse-url.js";
import type { SandboxRequest } from "../exchange.js";
import { Rejection } from "../rejection.js";
import type { RequestDocument } from "../state/rules.js";
import { type Route, resolve } from "./operations.js";

/**
 * The request's document, checked against the operation's schema.
 * @throws Rejection
 */
export async function readRequestDocument(route: Route, request: SandboxRequest): Promise<RequestDocument> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^application\/(vnd\.api\+)?json *(;|$)/i.test(contentType)) {
    throw new Rejection(415, "UNSUPPORTED_MEDIA_TYPE", "The Content-Type must be application/json.");
  }
  const body = parseJson(await request.text());
  if (body === undefined) throw new Rejection(400, "ENTITY_INVALID", "The request's body is not JSON.");
  check(body, resolve(route.operation.requestBody?.content?.["application/json"]?.schema), "");
  const data = objectIn(body, "data");
  const links = Object.entries(objectIn(data, "relationships")).flatMap(([name, link]) => {
    const { type, id } = objectIn(link, "data");
    return typeof type === "string" && typeof id === "string" ? [[name, { type, id }] as const] : [];
  });
  return {
    id: typeof data.id === "string" ? data.id : undefined,
    attributes: objectIn(data, "attributes"),
    relationships: Object.fromEntries(links),
  };
}

/** An object's member that is an object, or an empty one. */
function objectIn(value: unknown, name: string): Readonly<Record<string, unknown>> {
  const member = isObject(value) ? value[name] : undefined;
  return isObject(member) ? member : {};
}

/** @throws Rejection with Apple's code, for the first place where `value` does not fit `schema`. */
function check(value: unknown, reference: Schema, pointer: string): void {
  const schema = resolve(reference);
  if (value === null) {
    if (!schema.nullable) throw wrong(pointer, "INVALID", "null is not allowed here");
    return;
  }
  const found = typeOf(value);
  if (found !== schema.type && !(found === "integer" && schema.type === "number")) {
    throw wrong(pointer, "INVALID.TYPE", `expected ${schema.type}, found ${found}`);
  }
  if (schema.enum && !schema.enum.includes(String(value))) {
    throw wrong(pointer, "INVALID", `expected ${schema.enum.join(" or ")}`);
  }
  if (schema.format === "uri" && !parseUrl(String(value))) throw wrong(pointer, "INVALID", "expected a URL");
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) check(item, schema.items, `${pointer}/${index}`);
  }
  if (!isObject(value)) return;
  const properties = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (value[name] === undefined) throw wrong(`${pointer}/${name}`, "REQUIRED", "it is missing");
  }
  for (const [name, inner] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!property) throw wrong(`${pointer}/${name}`, "UNKNOWN", "this operation does not take it");
    check(inner, property, `${pointer}/${name}`);
  }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** 422 for a body that is not a JSON:API document, 409 for one with wrong attributes or relationships. */
function wrong(pointer: string, kind: string, what: string): Rejection {
  const detail = `${pointer || "/"}: ${what}.`;
  const source = { pointer: pointer || "/" };
  const [, , part, member] = pointer.split("/");
  if (part === "attributes" && member)
    return new Rejection(409, `ENTITY_ERROR.ATTRIBUTE.${kind}`, detail, { source });
  if (part === "relationships" && member) {
    return new Rejection(409, `ENTITY_ERROR.RELATIONSHIP.${kind}`, detail, { source });
  }
  if (part !== undefined) return new Rejection(409, `ENTITY_ERROR.${kind}`, detail, { source });
  return new Rejection(422, "ENTITY_UNPROCESSABLE", detail, { source });
}
