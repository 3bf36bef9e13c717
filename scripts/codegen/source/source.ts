import { readFile, stat } from "node:fs/promises";
import { parseUrl } from "../../../src/parse-url.js";
import { type Json, type JsonObject, objectAt, sha256, stringAt } from "../document/json.js";
import { asSpec, isSpec, isYaml, oneLine, parseJson, SpecError, yamlError } from "../document/spec.js";
import { download, shown } from "./download.js";
import { sizeText } from "./size-text.js";

/** Where Apple publishes the specification. */
export const APPLES_URL =
  "https://developer.apple.com/sample-code/app-store-connect/app-store-connect-openapi-specification.zip";

/** Apple's file is a zip of 1 MB with 8 MB of JSON in it. */
export const SOURCE_LIMITS = { bytes: 64 * 1024 * 1024, time: 60_000 };

/** A specification that was read. */
export interface Source {
  readonly document: JsonObject;
  /** Apple's info.version. */
  readonly version: string;
  /** The checksum of the document as compact JSON with sorted keys: the same for a file, a zip and a URL. */
  readonly sha256: string;
}

/**
 * Reads a specification from a zip, a JSON file, or a URL of either. The content decides which of them it is.
 * @throws SpecError with one line that says what is wrong
 */
export async function readSource(source: string, limits = SOURCE_LIMITS): Promise<Source> {
  const url = toUrl(source);
  const bytes = url ? await download(url, limits) : await fromFile(source, limits.bytes);
  const name = url ? shown(url) : source;
  const document = isZip(bytes)
    ? await specInZip(bytes, name, limits.bytes)
    : asSpec(parseJson(bytes, name), name);
  const version = stringAt(objectAt(document, "info"), "version") ?? "";
  return { document, version, sha256: sha256(document) };
}

/** Whether the first bytes are those of a zip file. */
function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

async function specInZip(bytes: Uint8Array, name: string, maxBytes: number): Promise<JsonObject> {
  const specs = new Map<string, Json>();
  const broken: unknown[] = [];
  // Imported here, as JSON files need nothing that reads zips.
  const { readJsonEntries } = await import("./zip.js");
  const { json, others } = await readJsonEntries(bytes, name, maxBytes);
  for (const [entry, content] of json) {
    try {
      const value = parseJson(content, `${entry} in ${name}`);
      if (isSpec(value)) specs.set(entry, value);
    } catch (error) {
      // Another file may be the right one.
      broken.push(error);
    }
  }
  const [first] = specs;
  if (!first && broken.length > 0) throw broken[0];
  if (!first) {
    const yaml = others.find(isYaml);
    if (json.size === 0 && yaml !== undefined) throw yamlError(`${yaml} in ${name}`);
    const found = `JSON files in it: ${list(json.keys())}; other files: ${list(others)}`;
    throw new SpecError(`${name} holds no OpenAPI document (${found}). Apple's zip holds one JSON file`);
  }
  if (specs.size > 1) {
    const names = list(specs.keys());
    throw new SpecError(`${name} holds more than one OpenAPI document: ${names}. Unpack it, and name one`);
  }
  return asSpec(first[1], `${first[0]} in ${name}`);
}

/** The names, or the first of them. */
function list(names: Iterable<string>): string {
  const all = [...names];
  const shownNames = all.slice(0, 10).join(", ");
  return all.length > 10 ? `${shownNames} and ${all.length - 10} more` : shownNames || "none";
}

async function fromFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new SpecError(`${path} is larger than ${sizeText(maxBytes)}`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(
      `${path || '""'} cannot be read: ${oneLine(error)}. Name Apple's zip, the JSON file in it, or a URL that begins with https://`,
    );
  }
}

/** The URL, if it is one. Anything else is the path of a file. */
function toUrl(text: string): URL | undefined {
  const [, scheme] = /^([a-z][a-z\d+.-]+):\/\//i.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  if (!/^https?$/i.test(scheme))
    throw new SpecError(
      `${scheme}: URLs are not read; name a file by its path, or a URL that begins with https://`,
    );
  const url = parseUrl(text);
  if (!url) throw new SpecError("the URL is malformed; expected one such as https://example.com/file.zip");
  return url;
}
