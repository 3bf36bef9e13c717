import { NotificationBodyError } from "./errors.js";
import type { NotificationDocument } from "./events.js";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The signed bytes as a document with `data.type` and `data.id`. A byte order mark is part of what is signed,
 * and no part of the JSON.
 * @throws NotificationBodyError
 */
export function parseDocument(bytes: Uint8Array): NotificationDocument {
  const document = parseJson(bytes);
  requiredText(document, "data", "type");
  requiredText(document, "data", "id");
  return document as NotificationDocument; // the two lines above checked all that the type claims
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    throw new NotificationBodyError("The body is signed, but is not JSON in UTF-8");
  }
}

/** @throws NotificationBodyError when there is no such field, or it is not a text. */
export function requiredText(document: unknown, ...path: string[]): string {
  const value = optionalText(document, ...path);
  if (!value) throw misses(path, "a text");
  return value;
}

/** The text that stands there, if one does. */
export function optionalText(document: unknown, ...path: string[]): string | undefined {
  const value = fieldAt(document, path);
  return typeof value === "string" ? value : undefined;
}

/** @throws NotificationBodyError when there is no such field, or it is neither true nor false. */
export function requiredBoolean(document: unknown, ...path: string[]): boolean {
  const value = fieldAt(document, path);
  if (typeof value === "boolean") return value;
  throw misses(path, "true or false");
}

/** @throws NotificationBodyError when there is no such field, or it is not a list of texts. */
export function requiredTexts(document: unknown, ...path: string[]): string[] {
  const value = optionalTexts(document, ...path);
  if (!value) throw misses(path, "a list of texts");
  return value;
}

/** @throws NotificationBodyError when the field is there, and is not a list of texts. */
export function optionalTexts(document: unknown, ...path: string[]): string[] | undefined {
  const value = fieldAt(document, path);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((each) => typeof each === "string" && each !== ""))
    return [...value];
  throw misses(path, "a list of texts");
}

/** What stands there; `undefined` for `null` and for nothing. */
function fieldAt(document: unknown, path: string[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[key]; // any object can be read by key
  }
  return value ?? undefined;
}

function misses(path: string[], kind: string): NotificationBodyError {
  return new NotificationBodyError(`The notification's ${path.join(".")} is missing or is not ${kind}`);
}
