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

/** The beginning of a YAML file: a document marker, a comment, or a line such as `openapi: 3.0.1`. */
const YAML_START = /^\s*(---|%YAML|#|["']?[a-z][\w-]*["']?\s*:(\s|$))/i;

/** Whether a file is YAML by its name. */
export function isYaml(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

export function yamlError(name: string): SpecError {
  return new SpecError(
    `${name} is YAML; Apple's specification is JSON: name that file, or convert this one first`,
  );
}

/** Parses JSON; errors call the file `name`. @throws SpecError */
export function parseJson(bytes: Uint8Array, name: string): Json {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    if (isGzip) throw new SpecError(`${name} is a gzip file: unpack it, and name the JSON file in it`);
    throw new SpecError(`${name} is not UTF-8 text: name Apple's zip, or save the JSON as UTF-8`);
  }
  if (text.trim() === "") throw new SpecError(`${name} is empty: download it again`);
  if (/^\s*</.test(text))
    throw new SpecError(`${name} is an HTML or XML page; name Apple's zip, or the JSON file in it`);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (isYaml(name) || YAML_START.test(text)) throw yamlError(name);
    throw new SpecError(
      `${name} is not valid JSON, or only a part of it: download it again (${oneLine(error)})`,
    );
  }
}

/** Whether this is an API description of any version. */
export function isSpec(value: Json): value is JsonObject {
  return isObject(value) && ("openapi" in value || "swagger" in value);
}

/** Checks that this is a description we can read: OpenAPI 3 with a version and paths. @throws SpecError */
export function asSpec(value: Json, name: string): JsonObject {
  if (!isSpec(value))
    throw new SpecError(`${name} is JSON, but no OpenAPI document; name Apple's zip, or the JSON file in it`);
  if ("swagger" in value) throw new SpecError(`${name} is Swagger ${value.swagger}; OpenAPI 3 is needed`);
  if (!/^3\.\d+(\.\d+)?(-[\w.-]+)?$/.test(stringAt(value, "openapi") ?? "")) {
    throw new SpecError(`${name} is OpenAPI ${JSON.stringify(value.openapi)}; OpenAPI 3 is needed`);
  }
  if (!isObject(value.paths)) throw new SpecError(`${name} has no paths`);
  const version = stringAt(objectAt(value, "info"), "version");
  if (!version) throw new SpecError(`${name} has no info.version`);
  // It goes into Markdown and into the title of a pull request.
  if (!/^[\w.+-]+$/.test(version))
    throw new SpecError(
      `${name} has the info.version ${JSON.stringify(version)}; expected one such as "4.5.1"`,
    );
  return value;
}
