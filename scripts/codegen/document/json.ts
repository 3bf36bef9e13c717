import { createHash } from "node:crypto";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member of that name; own members only, so that a schema called `constructor` is just a name. */
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
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort(byName)
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}

export function same(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonical(a) === canonical(b);
}

/** The sha256, in hex, of a document's canonical JSON. */
export function sha256(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** JSON as files hold it: two spaces, a newline at the end. */
export function pretty(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Items by what `key` says of them, groups and items in order of appearance (Map.groupBy is not in Node 20). */
export function groupBy<K, T>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
