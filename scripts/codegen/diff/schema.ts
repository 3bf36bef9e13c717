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
import { typeText } from "../document/schema-text.js";
import { follow, nameOf, schemasOf, typesOf } from "../document/schemas.js";
import { type ChangeKind, of, type Place, subject, verb } from "./change.js";
import { compareConstraints, isConstraint } from "./constraints.js";
import { compareEnums, lacks } from "./enums.js";

/**
 * Notes every difference in meaning between two schemas at the same place. Schemas with the same name are compared once,
 * under that name.
 */
export function compareSchemas(a: Json, b: Json, place: Place): void {
  if (same(a, b)) return;
  const [nameA, nameB] = [nameOf(a), nameOf(b)];
  if (nameA !== undefined && nameA === nameB) {
    // The schema itself is compared once, under its name.
    compareFlags(isObject(a) ? a : {}, isObject(b) ? b : {}, place);
  } else if (nameA === undefined && nameB === undefined) {
    compareViews(follow(a, schemasOf(place.before)), follow(b, schemasOf(place.after)), place);
  } else {
    compareNames(a, b, place);
  }
}

/** Compares schemas of different names, or one with a name and one without. */
function compareNames(a: Json, b: Json, place: Place): void {
  const { at, note, before, after, inside = [] } = place;
  const [viewA, viewB] = [follow(a, schemasOf(before)), follow(b, schemasOf(after))];
  if (isChoice(a) !== isChoice(b) && isChoice(viewA) !== isChoice(viewB)) {
    // One alternative is written as that schema alone.
    compareAlternatives(asChoice(a), asChoice(b), place);
    return;
  }
  const [from, to] = [typeText(a), typeText(b)];
  const pair = `${from} → ${to}`;
  if (inside.includes(pair)) return;
  if (nameOf(a) !== undefined && nameOf(b) !== undefined && !same(viewA, viewB)) {
    note("type changed", at, `type${of(at)} changed from ${from} to ${to}`);
    return;
  }
  note("schema name changed", at, `${subject(at)} is described by ${to} instead of ${from}`);
  compareViews(viewA, viewB, { ...place, inside: [...inside, pair] });
}

function compareViews(a: JsonObject, b: JsonObject, place: Place): void {
  if (same(a, b)) return;
  compareType(a, b, place);
  if ((isAny(a) || isAny(b)) && !same(typesOf(a), typesOf(b))) {
    // The change of the type includes these.
    compareFlags(a, b, place);
    return;
  }
  compareFormat(a, b, place);
  compareEnums(a, b, place);
  compareConstraints(a, b, place);
  compareFlags(a, b, place);
  compareProperties(a, b, place);
  compareNested(a, b, place);
  compareAlternatives(a, b, place);
  compareRest(a, b, place);
}

/** Whether a schema allows every value. */
function isAny(schema: JsonObject): boolean {
  return Object.keys(schema).every(
    (keyword) => FLAGS.some(([flag]) => flag === keyword) || keyword === "default",
  );
}

function compareType(a: JsonObject, b: JsonObject, { at, note }: Place): void {
  const [from, to] = [typesOf(a), typesOf(b)];
  if (same(from, to)) return;
  const text = (types: string[]) => types.join(" or ") || "any";
  note(typeChange(from, to), at, `type${of(at)} changed from ${text(from)} to ${text(to)}`);
}

/** Without a type, every value is allowed. Every integer is a number. */
function typeChange(from: readonly string[], to: readonly string[]): ChangeKind {
  const allows = (types: readonly string[], others: readonly string[]) =>
    types.length === 0 ||
    (others.length > 0 &&
      others.every((type) => types.includes(type) || (type === "integer" && types.includes("number"))));
  if (allows(to, from)) return "type widened";
  return allows(from, to) ? "type narrowed" : "type changed";
}

function compareFormat(a: JsonObject, b: JsonObject, { at, note }: Place): void {
  const [old, now] = [stringAt(a, "format"), stringAt(b, "format")];
  if (old === now) return;
  const message = `format${of(at)} changed from ${old ?? "none"} to ${now ?? "none"}`;
  const contains = (wide: string | undefined, narrow: string | undefined) =>
    FORMATS.some(([outer, inner]) => wide === outer && narrow === inner);
  if (contains(now, old)) note("format widened", at, message);
  else if (contains(old, now)) note("format narrowed", at, message);
  else note(`format ${verb(old, now)}`, at, message);
}

/** Formats, each with one whose values it contains. */
const FORMATS = [
  ["int64", "int32"],
  ["double", "float"],
] as const;

/** Keywords that are true or absent, each with the kind of change when it is added and when it is removed. */
const FLAGS = [
  ["nullable", "now nullable", "no longer nullable"],
  ["deprecated", "deprecated", "no longer deprecated"],
  ["readOnly", "now read-only", "no longer read-only"],
  ["writeOnly", "now write-only", "no longer write-only"],
] as const;

function compareFlags(a: JsonObject, b: JsonObject, { at, note }: Place): void {
  for (const [keyword, on, off] of FLAGS) {
    const [was, is] = [member(a, keyword) === true, member(b, keyword) === true];
    if (was !== is) note(is ? on : off, at, `${subject(at)} is ${is ? on : off}`);
  }
  const [old, now] = [member(a, "default"), member(b, "default")];
  if (!same(old, now)) note(`default ${verb(old, now)}`, at, `default${of(at)} ${verb(old, now)}`);
}

/** Notes which properties an object gained and lost, which it now needs, and what changed in the others. */
function compareProperties(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const [from, to] = [objectAt(a, "properties"), objectAt(b, "properties")];
  const [needed, needs] = [new Set(arrayAt(a, "required")), new Set(arrayAt(b, "required"))];
  const below = (name: string) => (at === "" ? name : `${at}.${name}`);
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const here = below(name);
    const [old, now] = [member(from, name), member(to, name)];
    if (old === undefined) {
      const required = needs.has(name) ? "required " : "";
      const message = `${required}property ${here} added${contents(now, place.after)}`;
      note(`${required}property added`, here, message);
    } else if (now === undefined) {
      note("property removed", here, `property ${here} removed${contents(old, place.before)}`);
    } else {
      compareSchemas(old, now, { ...place, at: here });
    }
  }
  for (const name of new Set([...needed, ...needs])) {
    const key = String(name);
    // The message about an added or removed property says already whether it is required.
    if (needed.has(name) === needs.has(name)) continue;
    if (Object.hasOwn(from, key) !== Object.hasOwn(to, key)) continue;
    const kind = needs.has(name) ? "now required" : "no longer required";
    note(kind, below(key), `property ${below(key)} is ${kind}`);
  }
}

/** The properties of a property: `, with sourceFileChecksum`. */
function contents(schema: Json | undefined, document: JsonObject): string {
  const names = Object.keys(objectAt(follow(schema, schemasOf(document)), "properties"));
  return names.length === 0 ? "" : `, with ${names.join(", ")}`;
}

/**
 * Notes which alternatives a schema gained and lost. Equal alternatives are paired; where one is left on each side and
 * neither has a name, these two are one that changed.
 */
function compareAlternatives(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const [from, to] = [alternatives(a), alternatives(b)];
  const removed = from.filter((each) => lacks(to, each));
  const added = to.filter((each) => lacks(from, each));
  const [old, now] = [removed[0], added[0]];
  const isChange = removed.length === 1 && added.length === 1 && !nameOf(old) && !nameOf(now);
  if (isChange && old !== undefined && now !== undefined) {
    compareSchemas(old, now, { ...place, at: `${at} (${typeText(old)})` });
  } else {
    for (const each of added)
      note("alternative added", at, `alternative ${typeText(each)} added${of(at, "to")}`);
    for (const each of removed) {
      note("alternative removed", at, `alternative ${typeText(each)} removed${of(at, "from")}`);
    }
  }
  if ("oneOf" in a && "anyOf" in b && !("oneOf" in b)) {
    note("one or more alternatives", at, `values${of(at)} may match more than one alternative`);
  } else if ("anyOf" in a && "oneOf" in b && !("anyOf" in b)) {
    note("exactly one alternative", at, `values${of(at)} must match exactly one alternative`);
  }
  const [was, is] = [member(a, "discriminator"), member(b, "discriminator")];
  // A single alternative has none.
  if (from.length > 1 && to.length > 1 && !same(was, is))
    note("discriminator changed", at, `discriminator${of(at)} ${verb(was, is)}`);
}

function isChoice(schema: Json): boolean {
  return isObject(schema) && alternatives(schema).length > 0;
}

function asChoice(schema: Json): JsonObject {
  return isObject(schema) && isChoice(schema) ? schema : { oneOf: [schema] };
}

function alternatives(schema: JsonObject): Json[] {
  return [...arrayAt(schema, "oneOf"), ...arrayAt(schema, "anyOf")];
}

function compareNested(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const inner = (keyword: string, where: string) =>
    compareSchemas(member(a, keyword) ?? {}, member(b, keyword) ?? {}, { ...place, at: where });
  inner("items", `${at}[]`);
  if (isClosed(a) !== isClosed(b)) {
    const kind = isClosed(b) ? "closed to additional properties" : "open to additional properties";
    note(kind, at, `${subject(at)} is now ${kind}`);
  } else if (!isClosed(a)) {
    inner("additionalProperties", `${at}.*`);
  }
  const [old, now] = [member(a, "prefixItems"), member(b, "prefixItems")];
  if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) {
    for (const [index, item] of old.entries())
      compareSchemas(item, now[index] ?? {}, { ...place, at: `${at}[${index}]` });
  } else if (!same(old, now)) {
    note("other", at, `prefixItems${of(at)} ${verb(old, now)}`);
  }
}

function isClosed(schema: JsonObject): boolean {
  return member(schema, "additionalProperties") === false;
}

const COMPARED = new Set([
  ...["additionalProperties", "anyOf", "default", "discriminator", "enum", "format", "items", "oneOf"],
  ...["prefixItems", "properties", "required", "type"],
  ...FLAGS.map(([keyword]) => keyword),
]);

/** Keywords that nothing above compares: breaking until a maintainer has looked. */
function compareRest(a: JsonObject, b: JsonObject, { at, note }: Place): void {
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (COMPARED.has(keyword) || isConstraint(keyword)) continue;
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (!same(old, now)) note("other", at, `${keyword}${of(at)} ${verb(old, now)}`);
  }
}
