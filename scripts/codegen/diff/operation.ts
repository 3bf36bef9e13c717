import { isObject, type Json, type JsonObject, member, objectAt, same, stringAt } from "../document/json.js";
import { type Operation, title } from "../document/operations.js";
import { type Direction, type Note, type Place, verb } from "./change.js";
import { compareSchemas } from "./schema.js";
import { compareSecurity, compareServers } from "./whole.js";

/** The two documents of a comparison. */
export type Pair = Pick<Place, "before" | "after">;

/** Gives the {@link Note} for changes in these directions. */
type NoteFor = (...directions: Direction[]) => Note;

const COMPARED = [
  ...["callbacks", "deprecated", "operationId", "parameters", "requestBody", "responses", "security"],
  ...["servers", "tags"],
];

/** Notes every difference in meaning between two forms of an operation; tags have none. */
export function compareOperations(a: Operation, b: Operation, pair: Pair, noteFor: NoteFor): void {
  const note = noteFor("request", "response");
  if (title(a) !== title(b)) note("operation moved", "", `operation moved from ${title(a)} to ${title(b)}`);
  compareDeprecation(a.body, b.body, "operation", note);
  compareParameters(a, b, pair, noteFor("request"));
  const place = { ...pair, at: "request body", note: noteFor("request") };
  compareRequestBody(member(a.body, "requestBody"), member(b.body, "requestBody"), place);
  compareResponses(a.body, b.body, pair, noteFor("response"));
  compareCallbacks(objectAt(a.body, "callbacks"), objectAt(b.body, "callbacks"), note);
  compareSecurity([a.body, pair.before], [b.body, pair.after], note);
  compareServers(holdersOf(a, pair.before), holdersOf(b, pair.after), note);
  compareRest(without(a.body, COMPARED), without(b.body, COMPARED), "operation", note);
}

/** An operation, and what it inherits its servers from. */
function holdersOf({ body, path }: Operation, document: JsonObject): JsonObject[] {
  return [body, objectAt(objectAt(document, "paths"), path), document];
}

function compareParameters(a: Operation, b: Operation, pair: Pair, note: Note): void {
  const added = new Map([...b.parameters].filter(([key]) => !a.parameters.has(key)));
  for (const [key, old] of a.parameters) {
    const name = stringAt(old, "name");
    const at = `parameter ${name}`;
    const now = b.parameters.get(key);
    if (now) {
      compareParameter(old, now, { ...pair, at, note });
      continue;
    }
    const [movedKey, moved] = [...added].find(([, other]) => stringAt(other, "name") === name) ?? [];
    if (movedKey !== undefined && moved) {
      added.delete(movedKey);
      note("parameter moved", at, `${at} moved from ${stringAt(old, "in")} to ${stringAt(moved, "in")}`);
      compareParameter(old, moved, { ...pair, at, note });
    } else note("parameter removed", at, `${at} removed`);
  }
  for (const now of added.values()) {
    const at = `parameter ${stringAt(now, "name")}`;
    const required = now.required === true ? "required " : "";
    note(`${required}parameter added`, at, `${required}${at} added`);
  }
}

/** Notes what changed in a parameter, or in a header of a response, wherever each of them is. */
function compareParameter(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  compareRequired(a, b, at, note);
  compareDeprecation(a, b, at, note);
  const [{ default: old, ...from }, { default: now, ...to }] = [objectAt(a, "schema"), objectAt(b, "schema")];
  if (!same(old, now))
    note(`default of parameter ${verb(old, now)}`, at, `default of ${at} ${verb(old, now)}`);
  compareSchemas(from, to, place);
  compareContent(a, b, place);
  const compared = ["content", "deprecated", "in", "name", "required", "schema"];
  compareRest(without(a, compared), without(b, compared), at, note);
}

function compareRequestBody(a: Json | undefined, b: Json | undefined, place: Place): void {
  const { at, note } = place;
  if (isObject(a) && isObject(b)) {
    compareRequired(a, b, at, note);
    compareContent(a, b, place);
    compareRest(without(a, ["content", "required"]), without(b, ["content", "required"]), at, note);
  } else if (isObject(b)) {
    const required = b.required === true ? "required " : "";
    note(`${required}request body added`, at, `${required}${at} added`);
  } else if (isObject(a)) {
    note("request body removed", at, `${at} removed`);
  }
}

function compareResponses(a: JsonObject, b: JsonObject, pair: Pair, note: Note): void {
  const [from, to] = [objectAt(a, "responses"), objectAt(b, "responses")];
  for (const status of keysOf(from, to)) {
    const [old, now] = [member(from, status), member(to, status)];
    const at = `response ${status}`;
    const success = /^[23]/.test(status) ? "success " : "";
    if (!isObject(old)) note(`${success}response added`, at, `${at} added`);
    else if (!isObject(now)) note(`${success}response removed`, at, `${at} removed`);
    else compareResponse(old, now, { ...pair, at, note });
  }
}

function compareResponse(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  compareContent(a, b, place);
  const [from, to] = [objectAt(a, "headers"), objectAt(b, "headers")];
  for (const name of keysOf(from, to)) {
    const [old, now] = [member(from, name), member(to, name)];
    const header = `header ${name} of ${at}`;
    if (!isObject(old)) note("header added", header, `${header} added`);
    else if (!isObject(now)) note("header removed", header, `${header} removed`);
    else compareParameter(old, now, { ...place, at: header });
  }
  if (!same(objectAt(a, "links"), objectAt(b, "links"))) {
    note("link changed", at, `links of ${at} ${verb(member(a, "links"), member(b, "links"))}`);
  }
  const compared = ["content", "headers", "links"];
  compareRest(without(a, compared), without(b, compared), at, note);
}

/** The bodies of a request or a response, by media type. */
function compareContent(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  const [from, to] = [objectAt(a, "content"), objectAt(b, "content")];
  for (const type of keysOf(from, to)) {
    const [old, now] = [member(from, type), member(to, type)];
    if (!isObject(old)) note("content type added", at, `content type ${type} added to ${at}`);
    else if (!isObject(now)) note("content type removed", at, `content type ${type} removed from ${at}`);
    else {
      compareSchemas(objectAt(old, "schema"), objectAt(now, "schema"), place);
      compareRest(without(old, ["schema"]), without(now, ["schema"]), at, note);
    }
  }
}

/** Callbacks are compared as a whole: nothing in this project uses them. */
function compareCallbacks(a: JsonObject, b: JsonObject, note: Note): void {
  for (const name of keysOf(a, b)) {
    const [old, now] = [member(a, name), member(b, name)];
    if (same(old, now)) continue;
    const [at, change] = [`callback ${name}`, verb(old, now)];
    note(change === "changed" ? "other" : `callback ${change}`, at, `${at} ${change}`);
  }
}

function compareRequired(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [was, is] = [member(a, "required") === true, member(b, "required") === true];
  const kind = is ? "now required" : "no longer required";
  if (was !== is) note(kind, at, `${at} is ${kind}`);
}

function compareDeprecation(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [was, is] = [member(a, "deprecated") === true, member(b, "deprecated") === true];
  const kind = is ? "deprecated" : "no longer deprecated";
  if (was !== is) note(kind, at, `${at} is ${kind}`);
}

/** Members that nothing above compares: breaking until a maintainer has looked. */
export function compareRest(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  for (const keyword of keysOf(a, b)) {
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (!same(old, now)) note("other", at, `${keyword} of ${at} ${verb(old, now)}`);
  }
}

export function without(node: JsonObject, keywords: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([keyword]) => !keywords.includes(keyword)));
}

function keysOf(a: JsonObject, b: JsonObject): Set<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}
