import type { ChangeKind } from "../../../../scripts/codegen/diff/change.js";
import {
  arrayAt,
  isObject,
  type JsonObject,
  member,
  objectAt,
} from "../../../../scripts/codegen/document/json.js";
import type { Random } from "./random.js";

/** What an editor did, as a report should name it. */
export interface Edit {
  /** The operationId or the schema's name. */
  readonly scope: string;
  readonly at: string;
  readonly kind: ChangeKind;
}

/** A property, or a parameter's schema, that can be edited. */
interface Site {
  readonly scope: string;
  readonly at: string;
  readonly schema: JsonObject;
  /** The object it is a property of. */
  readonly owner?: JsonObject;
  readonly name: string;
}

/** Edits a document in a few places, no place within another. */
export function edit(document: JsonObject, random: Random): Edit[] {
  const edits: Edit[] = [];
  const taken: Site[] = [];
  for (const site of random.shuffled([...sites(document)]).slice(0, 6)) {
    const clash = taken.some(
      (other) => other.scope === site.scope && (within(other.at, site.at) || within(site.at, other.at)),
    );
    if (clash) continue;
    taken.push(site);
    edits.push({ scope: site.scope, ...editAt(site, random) });
  }
  if (random.chance()) edits.push(editOperation(document, random));
  return edits;
}

function within(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`);
}

function* sites(document: JsonObject): Generator<Site> {
  for (const [name, schema] of Object.entries(objectAt(objectAt(document, "components"), "schemas"))) {
    if (isObject(schema)) yield* properties(name, schema, "");
  }
  for (const item of Object.values(objectAt(document, "paths"))) {
    const operation = objectAt(item, "get");
    for (const parameter of arrayAt(operation, "parameters").filter(isObject)) {
      const name = String(parameter.name);
      const scope = String(operation.operationId);
      yield { scope, at: `parameter ${name}`, name, schema: objectAt(parameter, "schema") };
    }
  }
}

function* properties(scope: string, owner: JsonObject, at: string): Generator<Site> {
  for (const [name, schema] of Object.entries(objectAt(owner, "properties"))) {
    if (!isObject(schema)) continue;
    const here = at === "" ? name : `${at}.${name}`;
    yield { scope, at: here, name, schema, owner };
    yield* properties(scope, schema, here);
  }
}

function editAt({ at, name, owner, schema }: Site, random: Random): Omit<Edit, "scope"> {
  const possible: (() => ChangeKind)[] = [];
  if (owner) {
    possible.push(() => remove(owner, name));
    possible.push(() => toggleRequired(owner, name));
  }
  if (member(schema, "$ref") === undefined) {
    possible.push(() => set(schema, "deprecated", true, "deprecated"));
    possible.push(() => set(schema, "nullable", true, "now nullable"));
  }
  const maximum = member(schema, "maximum");
  if (typeof maximum === "number") {
    possible.push(() => set(schema, "maximum", maximum + 1, "limit raised"));
    possible.push(() => set(schema, "maximum", maximum - 1, "limit lowered"));
    possible.push(() => set(schema, "type", "number", "type widened"));
  }
  const values = arrayAt(schema, "enum");
  if (values.length > 0) {
    possible.push(() => set(schema, "enum", ["Z", ...values], "enum value added"));
    possible.push(() => set(schema, "enum", values.slice(1), "enum value removed"));
  }
  if ("format" in schema) possible.push(() => set(schema, "format", "uuid", "format changed"));
  return { at, kind: random.pick(possible)() };
}

function set(schema: JsonObject, key: string, value: JsonObject[string], kind: ChangeKind): ChangeKind {
  schema[key] = value;
  return kind;
}

function remove(owner: JsonObject, name: string): ChangeKind {
  delete objectAt(owner, "properties")[name];
  owner.required = arrayAt(owner, "required").filter((each) => each !== name);
  return "property removed";
}

function toggleRequired(owner: JsonObject, name: string): ChangeKind {
  const required = arrayAt(owner, "required");
  const without = required.filter((each) => each !== name);
  owner.required = without.length < required.length ? without : [...required, name];
  return without.length < required.length ? "no longer required" : "now required";
}

function editOperation(document: JsonObject, random: Random): Edit {
  const operation = objectAt(random.pick(Object.values(objectAt(document, "paths"))), "get");
  const scope = String(operation.operationId);
  return random.pick<() => Edit>([
    () => {
      objectAt(operation, "responses")["429"] = { description: "Words." };
      return { scope, at: "response 429", kind: "response added" };
    },
    () => ({ scope, at: "operation", kind: set(operation, "deprecated", true, "deprecated") }),
    () => {
      operation.parameters = [...arrayAt(operation, "parameters"), { name: "new", in: "query", schema: {} }];
      return { scope, at: "parameter new", kind: "parameter added" };
    },
  ])();
}
