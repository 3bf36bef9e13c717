import {
  arrayAt,
  isObject,
  type Json,
  type JsonObject,
  member,
  objectAt,
  same,
  stringAt,
} from "../document/json.js";
import { schemaName } from "../document/references.js";
import { typeText } from "../document/schema-text.js";
import { type Note, of, subject, verb } from "./change.js";
import { isNullable, schemasOf, typesOf } from "./directions.js";
import { compareLimits, isLimit } from "./limits.js";

/** The two documents that are compared; references are resolved in them. */
export interface Pair {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** Where a comparison is, and who is told what it finds. */
export interface Place {
  readonly pair: Pair;
  /** `attributes.state`; empty for the whole schema. */
  readonly at: string;
  readonly note: Note;
}

/** Notes every difference between two schemas at the same place. */
export function compareSchemas(a: JsonObject, b: JsonObject, place: Place): void {
  if (same(a, b)) return;
  if (stringAt(a, "$ref") === stringAt(b, "$ref")) compareKeywords(a, b, place);
  else compareReferences(a, b, place);
}

function compareKeywords(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  compareType(a, b, at, note);
  compareEnums(a, b, at, note);
  compareLimits(a, b, at, note);
  compareFlags(a, b, at, note);
  compareProperties(a, b, place);
  compareNested(a, b, place);
  for (const keyword of ["oneOf", "anyOf"]) compareAlternatives(keyword, a, b, place);
  compareRest(a, b, at, note);
}

function compareReferences(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note, pair } = place;
  const from = typeText(a);
  const to = typeText(b);
  const inA = resolved(a, pair.before);
  const inB = resolved(b, pair.after);
  if ("$ref" in a && "$ref" in b && !same(inA, inB)) {
    note("type changed", at, `type${of(at)} changed from ${from} to ${to}`);
  } else {
    note("schema name changed", at, `${subject(at)} is described by ${to} instead of ${from}`);
    compareSchemas(inA, inB, place);
  }
}

/** The schema that a reference stands for. */
function resolved(schema: JsonObject, document: JsonObject, seen = new Set<string>()): JsonObject {
  const name = schemaName(stringAt(schema, "$ref") ?? "");
  if (name === undefined || seen.has(name)) return schema;
  return resolved(objectAt(schemasOf(document), name), document, seen.add(name));
}

function compareType(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [from, to] = [typesOf(a), typesOf(b)];
  if (!same(from, to)) {
    const text = (types: string[]) => types.join(" or ") || "any";
    note("type changed", at, `type${of(at)} changed from ${text(from)} to ${text(to)}`);
  }
  const [old, now] = [stringAt(a, "format"), stringAt(b, "format")];
  if (old !== now) {
    const kind = old === undefined ? "format added" : now === undefined ? "format removed" : "format changed";
    note(kind, at, `format${of(at)} changed from ${old ?? "none"} to ${now ?? "none"}`);
  }
  if (isNullable(a) !== isNullable(b)) {
    const kind = isNullable(b) ? "now nullable" : "no longer nullable";
    note(kind, at, `${subject(at)} is ${kind}`);
  }
}

function compareEnums(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [from, to] = [arrayAt(a, "enum"), arrayAt(b, "enum")];
  if (!("enum" in a) && "enum" in b) {
    note("enum added", at, `values${of(at)} are now limited to ${to.join(", ")}`);
  } else if ("enum" in a && !("enum" in b)) {
    note("enum removed", at, `values${of(at)} are no longer limited to ${from.join(", ")}`);
  } else {
    for (const value of to.filter((each) => lacks(from, each))) {
      note("enum value added", at, `enum value ${text(value)} added${of(at, "to")}`);
    }
    for (const value of from.filter((each) => lacks(to, each))) {
      note("enum value removed", at, `enum value ${text(value)} removed${of(at, "from")}`);
    }
  }
}

function lacks(list: Json[], value: Json): boolean {
  return !list.some((each) => same(each, value));
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function compareFlags(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [was, is] = [member(a, "deprecated") === true, member(b, "deprecated") === true];
  if (was !== is) {
    const kind = is ? "deprecated" : "no longer deprecated";
    note(kind, at, `${subject(at)} is ${kind}`);
  }
  if (!same(member(a, "discriminator"), member(b, "discriminator"))) {
    note("discriminator changed", at, `discriminator${of(at)} ${verb(a.discriminator, b.discriminator)}`);
  }
}

function compareProperties(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const [from, to] = [objectAt(a, "properties"), objectAt(b, "properties")];
  const [needed, needs] = [new Set(arrayAt(a, "required")), new Set(arrayAt(b, "required"))];
  const below = (name: string) => (at === "" ? name : `${at}.${name}`);
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const here = below(name);
    const [old, now] = [member(from, name), member(to, name)];
    if (old === undefined) {
      if (needs.has(name))
        note("required property added", here, `required property ${here} added${inside(now)}`);
      else note("property added", here, `property ${here} added${inside(now)}`);
    } else if (now === undefined) {
      note("property removed", here, `property ${here} removed${inside(old)}`);
    } else if (isObject(old) && isObject(now)) {
      compareSchemas(old, now, { ...place, at: here });
    } else if (!same(old, now)) {
      note("other", here, `property ${here} changed`);
    }
  }
  for (const name of new Set([...needed, ...needs])) {
    const key = String(name);
    // Whoever reads that a property was added or removed knows whether it was required.
    if (needed.has(name) === needs.has(name)) continue;
    if (Object.hasOwn(from, key) !== Object.hasOwn(to, key)) continue;
    const kind = needs.has(name) ? "now required" : "no longer required";
    note(kind, below(key), `property ${below(key)} is ${kind}`);
  }
}

/** What comes and goes with an object: `, with sourceFileChecksum`. */
function inside(schema: Json | undefined): string {
  const names = Object.keys(objectAt(schema, "properties"));
  return names.length === 0 ? "" : `, with ${names.join(", ")}`;
}

function compareNested(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const places = { items: `${at}[]`, additionalProperties: `${at}.*`, not: `${at} (not)` };
  for (const [keyword, here] of Object.entries(places)) {
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (isObject(old) && isObject(now)) compareSchemas(old, now, { ...place, at: here });
    else if (!same(old, now)) note("other", at, `${keyword}${of(at)} ${verb(old, now)}`);
  }
}

/** Alternatives that are equal on both sides are one; a single one left on each side is the same, changed. */
function compareAlternatives(keyword: string, a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const [from, to] = [arrayAt(a, keyword), arrayAt(b, keyword)];
  const gone = from.filter((each) => lacks(to, each));
  const come = to.filter((each) => lacks(from, each));
  const [old, now] = [gone[0], come[0]];
  if (
    isObject(old) &&
    isObject(now) &&
    gone.length === 1 &&
    come.length === 1 &&
    !("$ref" in old) &&
    !("$ref" in now)
  ) {
    compareSchemas(old, now, { ...place, at: `${at} (${typeText(old)})` });
    return;
  }
  for (const each of come) {
    note("alternative added", at, `alternative ${typeText(each)} added${of(at, "to")}`);
  }
  for (const each of gone) {
    note("alternative removed", at, `alternative ${typeText(each)} removed${of(at, "from")}`);
  }
}

const compared = new Set([
  ...[
    "$ref",
    "additionalProperties",
    "anyOf",
    "deprecated",
    "discriminator",
    "enum",
    "format",
    "items",
    "not",
  ],
  ...["nullable", "oneOf", "properties", "required", "type"],
]);

/** Keywords that nothing above knows: said plainly, and breaking until someone has looked. */
function compareRest(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (compared.has(keyword) || isLimit(keyword)) continue;
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (!same(old, now)) note("other", at, `${keyword}${of(at)} ${verb(old, now)}`);
  }
}
