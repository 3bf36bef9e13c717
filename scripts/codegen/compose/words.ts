import { childOf, type Kind } from "../document/grammar.js";
import { isObject, type Json, type JsonObject, objectAt, sorted, stringAt } from "../document/json.js";
import { SpecError } from "../document/spec.js";

/** Our descriptions, by what they describe. */
export interface Words {
  /** By name (`limit`, `fields[apps]`), for parameters in a path by the collection before them (`apps/{id}`). */
  readonly parameters: ReadonlyMap<string, string>;
  /** By status. */
  readonly responses: ReadonlyMap<string, string>;
  /** By schema name, and by dotted path in it: `PagedDocumentLinks.next`. Arrays add nothing to a path. */
  readonly schemas: ReadonlyMap<string, string>;
  /** By the name of a field that means the same in every schema: `id`. Only the reference has them. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Which words describe nothing, and what has no words. */
export interface WordsReport {
  /** Words for something that the document does not have. */
  readonly unused: readonly string[];
  /** Parameters, responses, schemas and attributes without words. */
  readonly undescribed: readonly string[];
}

const DESCRIBED = ["parameters", "responses", "schemas"] as const;
type Described = (typeof DESCRIBED)[number];

/** Reads openapi/words.json. @throws SpecError when a part of it is not an object of texts */
export function readWords(file: JsonObject): Words {
  const fail = (problem: string) => new SpecError(`openapi/words.json: ${problem}`);
  const read = (part: string) => {
    if (!isObject(file[part] ?? {})) throw fail(`${part} is not an object`);
    const words = new Map<string, string>();
    for (const [key, text] of Object.entries(objectAt(file, part))) {
      if (typeof text !== "string")
        throw fail(`the description of ${JSON.stringify(key)} in ${part} is not text`);
      words.set(key, text);
    }
    return words;
  };
  return {
    parameters: read("parameters"),
    responses: read("responses"),
    schemas: read("schemas"),
    fields: read("fields"),
  };
}

/** A copy of the document with our descriptions in it. */
export function describeWith(
  words: Words,
  document: JsonObject,
): { readonly document: JsonObject; readonly report: WordsReport } {
  const describer = new Describer(words);
  const described = describer.document(document);
  return { document: described, report: describer.report() };
}

/** Where a node is. */
interface Position {
  /** The path that words.json has for what surrounds it: a schema's dotted path, or a path of the API. */
  readonly at: string;
  /** The map it is a member of (`properties`, `responses`), and its name there. */
  readonly map?: string;
  readonly name?: string;
}

class Describer {
  readonly #words: Words;
  readonly #used = new Set<string>();
  readonly #undescribed = new Set<string>();

  constructor(words: Words) {
    this.#words = words;
  }

  document(document: JsonObject): JsonObject {
    return this.#members("document", document, "");
  }

  report(): WordsReport {
    const all = DESCRIBED.flatMap((kind) => [...this.#words[kind].keys()].map((key) => `${kind} ${key}`));
    return {
      unused: all.filter((key) => !this.#used.has(key)),
      undescribed: [...this.#undescribed].sort(),
    };
  }

  #members(kind: Kind, node: JsonObject, at: string): JsonObject {
    return sorted(
      Object.entries(node).map(([keyword, value]): [string, Json] => {
        const holds = childOf(kind, keyword);
        if (holds?.in === "list" && Array.isArray(value))
          return [keyword, value.map((each) => this.#node(holds.kind, each, { at }))];
        if (holds?.in === "node") return [keyword, this.#node(holds.kind, value, { at })];
        if (holds?.in !== "map" || !isObject(value)) return [keyword, value];
        const members = Object.entries(value).map(
          ([name, each]) => [name, this.#node(holds.kind, each, { at, map: keyword, name })] as const,
        );
        return [keyword, sorted(members)];
      }),
    );
  }

  #node(kind: Kind, node: Json, { at, map, name = "" }: Position): Json {
    if (!isObject(node)) return node;
    if (map === "paths") return this.#members(kind, node, name);
    if (map === "schemas")
      return this.#describe(this.#members(kind, node, name), { kind: "schemas", key: name });
    if (map === "properties" && at !== "") {
      const key = `${at}.${name}`;
      const isWanted = /\.attributes\.[^.]+$/.test(key);
      return this.#describe(this.#members(kind, node, key), { kind: "schemas", key, isWanted });
    }
    if (map === "responses")
      return this.#describe(this.#members(kind, node, ""), { kind: "responses", key: name });
    if (kind === "parameter") {
      const key = parameterKey(node, at);
      return this.#describe(this.#members(kind, node, ""), { kind: "parameters", key });
    }
    return this.#members(kind, node, map === undefined || kind === "operation" ? at : "");
  }

  /** Adds our description to a node. A node without one is reported, if it should have one. */
  #describe(
    node: JsonObject,
    { kind, key, isWanted = true }: { kind: Described; key: string; isWanted?: boolean },
  ): JsonObject {
    const text = this.#words[kind].get(key);
    if (text !== undefined) this.#used.add(`${kind} ${key}`);
    else if (isWanted) this.#undescribed.add(`${kind} ${key}`);
    // OpenAPI requires a description of every response, and ignores one next to a $ref.
    const description = text ?? (kind === "responses" ? `Status ${key}` : undefined);
    if (description === undefined || "$ref" in node) return node;
    return sorted([...Object.entries(node), ["description", description]]);
  }
}

/** The name of a parameter in words.json: `limit`, or `apps/{id}`. */
function parameterKey(parameter: JsonObject, path: string): string {
  const name = stringAt(parameter, "name") ?? "";
  if (stringAt(parameter, "in") !== "path") return name;
  const parts = path.split("/");
  return `${parts[parts.indexOf(`{${name}}`) - 1] ?? ""}/{${name}}`;
}
