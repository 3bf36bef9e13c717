import { METHODS } from "../document/grammar.js";
import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  same,
  sorted,
  stringAt,
} from "../document/json.js";
import { operationsOf, parameterKey, pathItem, title } from "../document/operations.js";
import { referencesIn } from "../document/schemas.js";
import { SpecError } from "../document/spec.js";
import { checkNames } from "./names.js";
import { inOrder, Normalizer } from "./normal-form.js";
import { type Plan, planOf, prunedNames, prunedSchema, type Taken } from "./prune.js";
import { prunedParameters } from "./prune-parameters.js";
import { commonSecurity, securitySchemes, withoutSameSecurity } from "./security.js";
import { type UnknownTaken, unknownTaken } from "./unknown.js";

/** What is taken of a document, and what it does not have. */
export interface Selection {
  /** The covered operations with all schemas that they reach, in normal form. */
  readonly document: JsonObject;
  /** What the entries take and the document's operations do not have. */
  readonly unknown: readonly UnknownTaken[];
  /** The names of the schemas of which only a part is taken. */
  readonly pruned: ReadonlySet<string>;
}

/**
 * Takes the covered operations out of a document, with all schemas that they reach, in the one form that
 * {@link Normalizer} describes. Selecting from a selection changes nothing.
 * @throws SpecError for a reference without a target, an operationId that appears twice, and a name that would become code
 */
export function select(document: JsonObject, covered: ReadonlyMap<string, Taken>): Selection {
  const normalizer = new Normalizer(document);
  const all = coveredPaths(document, covered, normalizer);
  const security = commonSecurity(all, arrayAt(document, "security"));
  const whole = { paths: withoutSameSecurity(all, security) };
  const operations = [...operationsOf(whole)];
  const schemas = reachedSchemas(whole.paths, (name) => normalizer.schema(name) ?? {});
  const plan = planOf(operations, covered, schemas);
  const pruned = new Map<string, JsonObject>();
  const schema = (name: string): JsonObject => {
    const found = pruned.get(name) ?? prunedSchema(name, objectAt(schemas, name), plan, schemas);
    pruned.set(name, found);
    return found;
  };
  const prunedSchemas = sorted(Object.keys(schemas).map((name) => [name, schema(name)]));
  const paths = prunedPaths(whole.paths, covered, plan, prunedSchemas);
  const selected = {
    components: {
      schemas: reachedSchemas(paths, schema),
      securitySchemes: securitySchemes(document, { paths, security }, (scheme, from) =>
        normalizer.node("securityScheme", scheme, from),
      ),
    },
    // Our own title: Apple's is prose and differs between versions.
    info: {
      title: "Alternative distribution",
      version: stringAt(objectAt(document, "info"), "version") ?? "",
    },
    openapi: member(document, "openapi") ?? "",
    paths,
    security,
    servers: arrayAt(document, "servers").map((server) => normalizer.node("server", server, "servers")),
  };
  checkNames(selected);
  return {
    document: selected,
    unknown: unknownTaken(operations, covered, schemas),
    pruned: prunedNames(plan),
  };
}

function coveredPaths(
  document: JsonObject,
  covered: ReadonlyMap<string, Taken>,
  normalizer: Normalizer,
): JsonObject {
  const seen = new Map<string, string>();
  const operations = [...operationsOf(document)].filter(({ operationId }) => covered.has(operationId));
  for (const operation of operations) {
    const { operationId } = operation;
    const other = seen.get(operationId);
    if (other)
      throw new SpecError(`operationId ${operationId} appears twice: ${other} and ${title(operation)}`);
    seen.set(operationId, title(operation));
  }
  return sorted(
    [...new Set(operations.map(({ path }) => path))].map((path) => {
      const item = Object.entries(pathItem(document, path)).filter(
        ([key, value]) =>
          !METHODS.some((method) => method === key) || covered.has(stringAt(value, "operationId") ?? ""),
      );
      const normal = normalizer.node("pathItem", Object.fromEntries(item), `path ${path}`);
      return [path, withSettledParameters(isObject(normal) ? normal : {})];
    }),
  );
}

/**
 * Parameters of a path and of its operations have the same meaning. In normal form the path has those in the path that
 * all its operations share, and the operations have all others.
 */
function withSettledParameters(item: JsonObject): JsonObject {
  const methods = METHODS.filter((method) => isObject(member(item, method)));
  const shared = arrayAt(item, "parameters");
  const lists = methods.map((method) => {
    const own = arrayAt(objectAt(item, method), "parameters");
    const keys = new Set(own.map(keyOf));
    return [...own, ...shared.filter((parameter) => !keys.has(keyOf(parameter)))];
  });
  const [first = [], ...others] = lists;
  const common = first.filter(
    (parameter) =>
      member(parameter, "in") === "path" &&
      others.every((list) => list.some((each) => same(each, parameter))),
  );
  const members = new Map(Object.entries(item));
  members.delete("parameters");
  if (common.length > 0) members.set("parameters", inOrder("parameters", common));
  for (const [index, method] of methods.entries()) {
    const { parameters: _, ...rest } = objectAt(item, method);
    const own = (lists[index] ?? []).filter((parameter) => !common.some((each) => same(each, parameter)));
    members.set(method, withParameters(rest, own));
  }
  return sorted(members);
}

function withParameters(operation: JsonObject, parameters: readonly Json[]): JsonObject {
  const list = parameters.length > 0 ? { parameters: inOrder("parameters", [...parameters]) } : {};
  return sorted(Object.entries({ ...operation, ...list }));
}

function keyOf(parameter: Json): string {
  return isObject(parameter) ? parameterKey(parameter) : "";
}

/** The schemas that a node reaches, directly and through other schemas. */
function reachedSchemas(node: JsonObject, schema: (name: string) => JsonObject): JsonObject {
  const reached = new Map<string, JsonObject>();
  const names = new Set(referencesIn(node));
  // The iteration includes names that are added during it.
  for (const name of names) {
    const found = schema(name);
    reached.set(name, found);
    for (const next of referencesIn(found)) names.add(next);
  }
  return sorted(reached);
}

function prunedPaths(
  paths: JsonObject,
  covered: ReadonlyMap<string, Taken>,
  plan: Plan,
  schemas: JsonObject,
): JsonObject {
  const result = new Map(Object.entries(paths));
  for (const operation of operationsOf({ paths })) {
    const item = result.get(operation.path);
    const own = covered.get(operation.operationId) ?? {};
    const parameters = prunedParameters(operation, own, plan, schemas);
    const { parameters: _, ...rest } = operation.body;
    const body = withParameters(rest, parameters);
    result.set(
      operation.path,
      sorted(Object.entries({ ...(isObject(item) ? item : {}), [operation.method]: body })),
    );
  }
  return sorted(result);
}
