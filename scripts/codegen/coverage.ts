import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readWords, type Words } from "./compose/words.js";
import { isObject, type Json, type JsonObject, objectAt, stringAt, stringsAt } from "./document/json.js";
import { SpecError } from "./document/spec.js";
import type { Taken } from "./select/prune.js";

/** What openapi/operations.json says of an operation: our words for it, and what we take of it. */
interface CoveredOperation extends Taken {
  readonly summary: string;
  readonly description?: string;
  /** The client's method for it. */
  readonly client?: string;
}

/** A breaking change that a maintainer has looked at and accepts. */
export interface Accepted {
  /** The change, as `heading: message` in the report. */
  readonly change: string;
  readonly reason: string;
}

/** The handwritten files of openapi/. */
export interface Coverage {
  readonly operations: ReadonlyMap<string, CoveredOperation>;
  /** The only origin that requests may go to: `https://api.example.com`. */
  readonly server: string;
  /** How names in this area begin. An operation with such a name that is not covered is listed in the report. */
  readonly area: readonly string[];
  readonly words: Words;
  readonly accepted: readonly Accepted[];
}

const LISTS = ["parameters", "include", "attributes", "relationships"] as const;
const TEXTS = ["summary", "description", "client"] as const;

/** Reads the handwritten files of openapi/. @throws SpecError when one of them has a mistake */
export async function readCoverage(root: string): Promise<Coverage> {
  const [file, words, accepted] = await Promise.all([
    readOwn(root, "openapi/operations.json"),
    readOwn(root, "openapi/words.json"),
    readJson(root, "openapi/accepted.json", []),
  ]);
  const server = stringAt(file, "server");
  if (!server) throw new SpecError("openapi/operations.json: server is missing");
  if (!Array.isArray(accepted)) throw new SpecError("openapi/accepted.json is not a list");
  const operations = Object.entries(objectAt(file, "operations"));
  return {
    operations: new Map(operations.map(([id, entry]) => [id, readEntry(id, entry)])),
    server,
    area: stringsAt(file, "area"),
    words: readWords(words),
    accepted: accepted.map(readAccepted),
  };
}

/** The committed document: Apple's structure of the covered area. */
export function readCommitted(root: string): Promise<JsonObject> {
  return readOwn(root, "openapi/apple.json");
}

function readEntry(operationId: string, entry: Json): CoveredOperation {
  const fail = (problem: string) => new SpecError(`openapi/operations.json: ${operationId} ${problem}`);
  const known: readonly string[] = [...TEXTS, ...LISTS];
  const unknown = isObject(entry) ? Object.keys(entry).find((key) => !known.includes(key)) : undefined;
  if (unknown !== undefined) throw fail(`has ${JSON.stringify(unknown)}; it can have ${known.join(", ")}`);
  const summary = stringAt(entry, "summary");
  if (!summary) throw fail("has no summary");
  const texts = TEXTS.flatMap((key) => {
    const text = stringAt(entry, key);
    return text ? [[key, text] as const] : [];
  });
  const lists = LISTS.flatMap((key) => {
    if (!isObject(entry) || entry[key] === undefined) return [];
    const list = stringsAt(entry, key);
    if (!Array.isArray(entry[key]) || list.length < entry[key].length)
      throw fail(`has ${key} that are not a list of names`);
    return [[key, list] as const];
  });
  return { summary, ...Object.fromEntries(texts), ...Object.fromEntries(lists) };
}

function readAccepted(entry: Json): Accepted {
  const [change, reason] = [stringAt(entry, "change"), stringAt(entry, "reason")];
  if (!change || !reason)
    throw new SpecError("openapi/accepted.json: each entry needs a change and a reason");
  return { change, reason };
}

async function readOwn(root: string, path: string): Promise<JsonObject> {
  const value = await readJson(root, path);
  if (!isObject(value)) throw new SpecError(`${path} is not a JSON object`);
  return value;
}

async function readJson(root: string, path: string, otherwise?: Json): Promise<Json> {
  try {
    return JSON.parse(await readFile(join(root, path), "utf8"));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing && otherwise !== undefined) return otherwise;
    throw new SpecError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
