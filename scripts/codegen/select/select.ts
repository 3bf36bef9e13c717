import { childOf, isData, isProse, isSet, type Kind, methods } from "../document/grammar.js";
import {
  arrayAt,
  byName,
  canonical,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  sorted,
  stringAt,
} from "../document/json.js";
import { operationsOf, parameterKey, pathItem, title } from "../document/operations.js";
import { resolve, schemaName } from "../document/references.js";
import { SpecError } from "../document/spec.js";

/**
 * The covered operations of a document with everything their schemas reach, in one normal form: prose dropped,
 * keys and sets sorted, references to anything but schemas resolved. Selecting from a selection changes nothing.
 * @throws SpecError for a reference that leads nowhere, and for an operationId that stands twice.
 */
export function select(document: JsonObject, operationIds: ReadonlySet<string>): JsonObject {
  const reached = new Set<string>();
  const normal = normalizer(document, reached);

  const paths: [string, Json][] = [];
  const security = arrayAt(document, "security");
  const seen = new Map<string, string>();
  const covered = [...operationsOf(document)].filter((operation) => operationIds.has(operation.operationId));
  for (const { operationId, body, ...operation } of covered) {
    const other = seen.get(operationId);
    if (other)
      throw new SpecError(`operationId ${operationId} stands twice: ${other} and ${title(operation)}`);
    seen.set(operationId, title(operation));
    security.push(...arrayAt(body, "security"));
  }
  for (const path of new Set(covered.map((operation) => operation.path))) {
    const item = Object.entries(pathItem(document, path)).filter(
      ([key, value]) =>
        !methods.some((method) => method === key) || operationIds.has(stringAt(value, "operationId") ?? ""),
    );
    paths.push([path, normal("pathItem", Object.fromEntries(item), `path ${path}`)]);
  }

  // Reached schemas reach others: a set iterates over what is added on the way.
  const schemas: [string, Json][] = [];
  for (const name of reached) {
    const schema = member(objectAt(objectAt(document, "components"), "schemas"), name);
    schemas.push([name, normal("schema", schema ?? {}, `schema ${name}`)]);
  }
  const schemes = new Set(
    security.flatMap((requirement) => Object.keys(isObject(requirement) ? requirement : {})),
  );
  const securitySchemes = Object.entries(
    objectAt(objectAt(document, "components"), "securitySchemes"),
  ).filter(([name]) => schemes.has(name));
  return sorted([
    [
      "components",
      {
        schemas: sorted(schemas),
        securitySchemes: sorted(
          securitySchemes.map(([name, scheme]) => [
            name,
            normal("securityScheme", scheme, `security scheme ${name}`),
          ]),
        ),
      },
    ],
    // Our own title: Apple's is prose, and differs between versions.
    [
      "info",
      { title: "Alternative distribution", version: stringAt(objectAt(document, "info"), "version") ?? "" },
    ],
    ["openapi", member(document, "openapi") ?? ""],
    ["paths", sorted(paths)],
    ["security", normalSet("security", arrayAt(document, "security"))],
    ["servers", arrayAt(document, "servers").map((server) => normal("server", server, "servers"))],
  ]);
}

/** Brings nodes into normal form, and notes the names of the schemas they refer to. */
function normalizer(document: JsonObject, reached: Set<string>) {
  const resolving: string[] = [];
  return normal;

  function normal(kind: Kind, node: Json, from: string): Json {
    if (!isObject(node)) return plain(node);
    const ref = member(node, "$ref");
    if (typeof ref === "string") {
      const target = resolve(document, ref, from);
      if (kind !== "schema") return inline(kind, ref, target, from);
      const name = schemaName(ref);
      if (name === undefined) throw new SpecError(`${from} refers to ${ref}, which is not among the schemas`);
      reached.add(name);
    }
    return sorted(
      Object.entries(node)
        .filter(([keyword]) => !isProse(keyword))
        .map(([keyword, value]) => [keyword, normalSet(keyword, child(kind, keyword, value, from))]),
    );
  }

  function inline(kind: Kind, ref: string, target: Json, from: string): Json {
    if (resolving.includes(ref)) throw new SpecError(`${from} refers to ${ref}, which refers to itself`);
    resolving.push(ref);
    const node = normal(kind, target, ref);
    resolving.pop();
    return node;
  }

  function child(kind: Kind, keyword: string, value: Json, from: string): Json {
    const holds = childOf(kind, keyword);
    if (holds?.in === "list" && Array.isArray(value))
      return value.map((each) => normal(holds.kind, each, from));
    if (holds?.in === "map" && isObject(value)) {
      return sorted(Object.entries(value).map(([name, each]) => [name, normal(holds.kind, each, from)]));
    }
    return holds?.in === "node" ? normal(holds.kind, value, from) : plain(value, isData(keyword));
  }
}

/** A value outside the grammar: its keys are sorted, and unless it is data, prose in it is dropped. */
function plain(value: Json, data = false): Json {
  if (Array.isArray(value)) return value.map((each) => plain(each, data));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([key]) => data || !isProse(key));
  return sorted(members.map(([key, each]) => [key, plain(each, data)]));
}

function normalSet(keyword: string, value: Json): Json {
  if (!Array.isArray(value) || !isSet(keyword)) return value;
  const key = (each: Json) =>
    keyword === "parameters" && isObject(each) ? parameterKey(each) : canonical(each);
  return value
    .map((each) => [key(each), each] as const)
    .sort(([a], [b]) => byName(a, b))
    .map(([, each]) => each);
}
