import { isObject, type Json, type JsonObject, objectAt, stringAt } from "./json.js";

/** The error for a specification that cannot be used and for files that cannot be written. Its message says why. */
export class SpecError extends Error {
  override name = "SpecError";
}

/** The message of any error, on one line. */
export function oneLine(error: unknown): string {
  if (error instanceof RangeError && /call stack/.test(error.message))
    return "the document is nested too deeply";
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[\s\p{Cc}]+/gu, " ").trim();
}

/** Parses JSON; errors call the file `name`. @throws SpecError */
export function parseJson(bytes: Uint8Array, name: string): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SpecError(`${name} is not UTF-8 text`);
  }
  if (text.trim() === "") throw new SpecError(`${name} is empty`);
  if (/^\s*</.test(text))
    throw new SpecError(`${name} is an HTML or XML page, not Apple's zip or the JSON in it`);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^\s*(---|%YAML|#|["']?(openapi|swagger|info)["']?\s*:)/.test(text))
      throw new SpecError(`${name} is YAML; Apple's specification is JSON, so convert it first`);
    const reason = oneLine(error);
    throw new SpecError(`${name} is not valid JSON, or only a part of it: ${reason}`);
  }
}

/** Whether this is an API description of any version. */
export function isSpec(value: Json): value is JsonObject {
  return isObject(value) && ("openapi" in value || "swagger" in value);
}

/** Checks that this is a description we can read: OpenAPI 3 with a version and paths. @throws SpecError */
export function asSpec(value: Json, name: string): JsonObject {
  if (!isSpec(value)) throw new SpecError(`${name} is JSON, but no OpenAPI document`);
  if ("swagger" in value) throw new SpecError(`${name} is Swagger ${value.swagger}; OpenAPI 3 is needed`);
  if (!/^3\./.test(stringAt(value, "openapi") ?? "")) {
    throw new SpecError(`${name} is OpenAPI ${JSON.stringify(value.openapi)}; OpenAPI 3 is needed`);
  }
  if (!isObject(value.paths)) throw new SpecError(`${name} has no paths`);
  if (!stringAt(objectAt(value, "info"), "version")) throw new SpecError(`${name} has no info.version`);
  return value;
}
