import { readFile, stat } from "node:fs/promises";
import { type Json, type JsonObject, objectAt, sha256, stringAt } from "../document/json.js";
import { asSpec, isSpec, oneLine, parseJson, SpecError } from "../document/spec.js";
import { download } from "./download.js";
import { isZip, readJsonEntries } from "./zip.js";

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
  const isUrl = /^https?:\/\//i.test(source);
  const bytes = isUrl ? await download(toUrl(source), limits) : await fromFile(source, limits.bytes);
  const name = isUrl ? "the download" : source;
  const document = isZip(bytes)
    ? await specInZip(bytes, name, limits.bytes)
    : asSpec(parseJson(bytes, name), name);
  const version = stringAt(objectAt(document, "info"), "version") ?? "";
  return { document, version, sha256: sha256(document) };
}

async function specInZip(bytes: Uint8Array, name: string, maxBytes: number): Promise<JsonObject> {
  const specs = new Map<string, Json>();
  const broken: unknown[] = [];
  const entries = await readJsonEntries(bytes, name, maxBytes);
  for (const [entry, content] of entries) {
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
  if (!first) throw new SpecError(`${name} holds no OpenAPI document (JSON files in it: ${list(entries)})`);
  if (specs.size > 1) throw new SpecError(`${name} holds more than one OpenAPI document: ${list(specs)}`);
  return asSpec(first[1], `${first[0]} in ${name}`);
}

function list(names: ReadonlyMap<string, unknown>): string {
  return [...names.keys()].join(", ") || "none";
}

async function fromFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new SpecError(`${path} is larger than ${maxBytes} bytes`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(`${path} cannot be read: ${oneLine(error)}`);
  }
}

function toUrl(text: string): URL {
  if (!URL.canParse(text)) throw new SpecError("the URL is malformed");
  return new URL(text);
}
