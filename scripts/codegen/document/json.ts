import { createHash, type Hash } from "node:crypto";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The own member of that name. A schema may be called `constructor`, which objects inherit. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The member as an object, empty when it is anything else. */
export function objectAt(value: Json | undefined, key: string): JsonObject {
  const found = member(value, key);
  return isObject(found) ? found : {};
}

/** The member as an array, empty when it is anything else. */
export function arrayAt(value: Json | undefined, key: string): Json[] {
  const found = member(value, key);
  return Array.isArray(found) ? found : [];
}

/** The member as a string, if it is one. */
export function stringAt(value: Json | undefined, key: string): string | undefined {
  const found = member(value, key);
  return typeof found === "string" ? found : undefined;
}

/** The strings in the member, when it is an array. */
export function stringsAt(value: Json | undefined, key: string): string[] {
  return arrayAt(value, key).filter((each) => typeof each === "string");
}

/** By code unit, the same on every machine and in every locale. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An object with its members in order of name. Unlike assignment, this keeps a member called `__proto__`. */
export function sorted(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.fromEntries([...entries].sort(([a], [b]) => byName(a, b)));
}

/** Compact JSON with all keys sorted: equal documents give equal text, whatever their key order. */
export function canonical(value: Json): string {
  // Without intermediate lists, because a complete file of Apple's has millions of values.
  if (!isObject(value)) {
    if (!Array.isArray(value)) return JSON.stringify(value);
    let items = "";
    for (const item of value) items += items === "" ? canonical(item) : `,${canonical(item)}`;
    return `[${items}]`;
  }
  let members = "";
  for (const key of Object.keys(value).sort()) {
    const text = `${quoted(key)}:${canonical(value[key] ?? null)}`;
    members += members === "" ? text : `,${text}`;
  }
  return `{${members}}`;
}

const KEYS = new Map<string, string>();

/** The JSON of a key. A document has few different keys and each of them often. */
function quoted(key: string): string {
  const known = KEYS.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(key);
  KEYS.set(key, text);
  return text;
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  return canonical(a) === canonical(b);
}

/** The sha256, in hex, of a document's canonical JSON. */
export function sha256(value: Json): string {
  const hash = createHash("sha256");
  // In parts, because one text of a complete file of Apple's would take too much memory.
  addTo(hash, value, 2);
  return hash.digest("hex");
}

/** Adds a value's canonical JSON to a hash, the members of objects down to this depth one by one. */
function addTo(hash: Hash, value: Json, depth: number): void {
  if (!isObject(value) || depth === 0) {
    hash.update(canonical(value));
    return;
  }
  let before = "{";
  for (const key of Object.keys(value).sort()) {
    hash.update(`${before}${quoted(key)}:`);
    addTo(hash, value[key] ?? null, depth - 1);
    before = ",";
  }
  hash.update(before === "{" ? "{}" : "}");
}

/** JSON as in committed files: indented by two spaces, with a newline at the end. */
export function pretty(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The items by their key, in order of appearance. Node 20 has no Map.groupBy. */
export function groupBy<K, T>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
