import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readWords, type Words } from "./compose/words.js";
import { isObject, type Json, type JsonObject, objectAt, stringAt, stringsAt } from "./document/json.js";
import { SpecError } from "./document/spec.js";

/** What we say of an operation. */
interface CoveredOperation {
  readonly summary: string;
  readonly description?: string;
  /** The client's method for it. */
  readonly client?: string;
}

/** openapi/operations.json and openapi/words.json: what we cover, and our words for it. */
export interface Coverage {
  readonly operations: ReadonlyMap<string, CoveredOperation>;
  /** How names in this area begin: an operation with such a name that is not covered is worth a look. */
  readonly area: readonly string[];
  readonly words: Words;
}

/** Reads what we cover. @throws SpecError when a file is not as it should be. */
export async function readCoverage(root: string): Promise<Coverage> {
  const file = await readOwn(root, "openapi/operations.json");
  const operations = Object.entries(objectAt(file, "operations")).map(([operationId, entry]) => {
    const summary = stringAt(entry, "summary");
    if (!summary) throw new SpecError(`openapi/operations.json: ${operationId} has no summary`);
    const description = stringAt(entry, "description");
    const client = stringAt(entry, "client");
    return [
      operationId,
      { summary, ...(description && { description }), ...(client && { client }) },
    ] as const;
  });
  return {
    operations: new Map(operations),
    area: stringsAt(file, "area"),
    words: readWords(await readOwn(root, "openapi/words.json")),
  };
}

/** The committed document: Apple's structure of the covered area. */
export function readCommitted(root: string): Promise<JsonObject> {
  return readOwn(root, "openapi/apple.json");
}

async function readOwn(root: string, path: string): Promise<JsonObject> {
  let value: Json;
  try {
    value = JSON.parse(await readFile(join(root, path), "utf8"));
  } catch (error) {
    throw new SpecError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(value)) throw new SpecError(`${path} is not a JSON object`);
  return value;
}
