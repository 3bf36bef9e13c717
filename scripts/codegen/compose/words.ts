import { childOf, type Kind } from "../document/grammar.js";
import { isObject, type Json, type JsonObject, objectAt, sorted, stringAt } from "../document/json.js";

/** Our descriptions, by what they describe. */
export interface Words {
  /** By name (`limit`, `fields[apps]`), for parameters in a path by the collection before them (`apps/{id}`). */
  readonly parameters: ReadonlyMap<string, string>;
  /** By status. */
  readonly responses: ReadonlyMap<string, string>;
  /** By schema name, and by dotted path in it: `PagedDocumentLinks.next`. Arrays add nothing to a path. */
  readonly schemas: ReadonlyMap<string, string>;
}

/** Where a node is. */
interface Position {
  /** The path that words.json has for what surrounds it: a schema's dotted path, or a path of the API. */
  readonly at: string;
  /** The map it is a member of (`properties`, `responses`), and its name there. */
  readonly map?: string;
  readonly name?: string;
}

/** Words without something to describe, and the other way round. */
export interface WordsReport {
  /** Words for something that the document does not hold. */
  readonly unused: string[];
  /** Parameters, responses, schemas and attributes without words. */
  readonly undescribed: string[];
}

export function readWords(file: JsonObject): Words {
  const read = (key: string) =>
    new Map(
      Object.entries(objectAt(file, key)).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    );
  return { parameters: read("parameters"), responses: read("responses"), schemas: read("schemas") };
}

/** A copy of the document with our descriptions in it. */
export function describe(document: JsonObject, words: Words): { document: JsonObject; report: WordsReport } {
  const used = new Set<string>();
  const undescribed = new Set<string>();

  /** The node with a description, where we have one; noted as undescribed where `wanted`. */
  function say(node: JsonObject, kind: keyof Words, key: string, wanted: boolean): JsonObject {
    const text = words[kind].get(key);
    if (text === undefined && wanted) undescribed.add(`${kind} ${key}`);
    if (text !== undefined) used.add(`${kind} ${key}`);
    // A response must have a description, and beside a $ref nothing else counts.
    const description = text ?? (kind === "responses" ? `Status ${key}` : undefined);
    return description === undefined || "$ref" in node
      ? node
      : sorted([...Object.entries(node), ["description", description]]);
  }

  function walk(kind: Kind, node: Json, at: string): Json {
    if (!isObject(node)) return node;
    return sorted(
      Object.entries(node).map(([keyword, value]): [string, Json] => {
        const holds = childOf(kind, keyword);
        if (holds?.in === "list" && Array.isArray(value))
          return [keyword, value.map((each) => visit(holds.kind, each, { at }))];
        if (holds?.in === "node") return [keyword, visit(holds.kind, value, { at })];
        if (holds?.in !== "map" || !isObject(value)) return [keyword, value];
        return [
          keyword,
          sorted(
            Object.entries(value).map(([name, each]) => [
              name,
              visit(holds.kind, each, { at, map: keyword, name }),
            ]),
          ),
        ];
      }),
    );
  }

  function visit(kind: Kind, node: Json, { at, map, name = "" }: Position): Json {
    if (!isObject(node)) return node;
    if (map === "paths") return walk(kind, node, name);
    if (map === "schemas") return say(object(walk(kind, node, name)), "schemas", name, true);
    if (map === "properties" && at !== "") {
      const here = `${at}.${name}`;
      return say(object(walk(kind, node, here)), "schemas", here, /\.attributes\.[^.]+$/.test(here));
    }
    if (map === "responses") return say(object(walk(kind, node, "")), "responses", name, true);
    if (kind === "parameter")
      return say(object(walk(kind, node, "")), "parameters", parameterWord(node, at), true);
    return walk(kind, node, map === undefined || kind === "operation" ? at : "");
  }

  const described = object(walk("document", document, ""));
  const all = (["parameters", "responses", "schemas"] as const).flatMap((kind) =>
    [...words[kind].keys()].map((key) => `${kind} ${key}`),
  );
  return {
    document: described,
    report: { unused: all.filter((key) => !used.has(key)), undescribed: [...undescribed].sort() },
  };
}

/** What a parameter is called in the words: `limit`, or `apps/{id}`. */
function parameterWord(parameter: JsonObject, path: string): string {
  const name = stringAt(parameter, "name") ?? "";
  if (stringAt(parameter, "in") !== "path") return name;
  const parts = path.split("/");
  return `${parts[parts.indexOf(`{${name}}`) - 1] ?? ""}/{${name}}`;
}

function object(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
