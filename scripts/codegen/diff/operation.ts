import { isObject, type Json, type JsonObject, member, objectAt, same, stringAt } from "../document/json.js";
import { type Operation, title } from "../document/operations.js";
import type { Direction } from "./change.js";
import { type Note, verb } from "./change.js";
import { compareSchemas, type Pair, type Place } from "./schema.js";

const COMPARED = ["deprecated", "operationId", "parameters", "requestBody", "responses", "tags"];

/** Notes for one direction. */
type NoteFor = (...directions: Direction[]) => Note;

/** Notes every difference between two forms of an operation; tags and words are none. */
export function compareOperations(a: Operation, b: Operation, pair: Pair, noteFor: NoteFor): void {
  const note = noteFor("request", "response");
  if (title(a) !== title(b)) note("operation moved", "", `operation moved from ${title(a)} to ${title(b)}`);
  compareDeprecation(a.body, b.body, "operation", note);
  compareParameters(a, b, pair, noteFor("request"));
  compareRequestBody(member(a.body, "requestBody"), member(b.body, "requestBody"), pair, noteFor("request"));
  compareResponses(a.body, b.body, pair, noteFor("response"));
  compareRest(without(a.body, COMPARED), without(b.body, COMPARED), "operation", note);
}

function compareParameters(a: Operation, b: Operation, pair: Pair, note: Note): void {
  for (const key of new Set([...a.parameters.keys(), ...b.parameters.keys()])) {
    const [old, now] = [a.parameters.get(key), b.parameters.get(key)];
    const at = `parameter ${stringAt(now ?? old, "name")}`;
    if (!old) {
      if (now?.required === true) note("required parameter added", at, `required ${at} added`);
      else note("parameter added", at, `${at} added`);
    } else if (!now) {
      note("parameter removed", at, `${at} removed`);
    } else {
      compareRequired(old, now, at, note);
      compareDeprecation(old, now, at, note);
      compareSchemas(objectAt(old, "schema"), objectAt(now, "schema"), { at, pair, note });
      compareContent(old, now, { at, pair, note });
      compareRest(
        without(old, ["content", "deprecated", "in", "name", "required", "schema"]),
        without(now, ["content", "deprecated", "in", "name", "required", "schema"]),
        at,
        note,
      );
    }
  }
}

function compareRequestBody(a: Json | undefined, b: Json | undefined, pair: Pair, note: Note): void {
  const at = "request body";
  if (!isObject(a) && !isObject(b)) return;
  if (!isObject(a)) {
    if (member(b, "required") === true) note("required request body added", at, `required ${at} added`);
    else note("request body added", at, `${at} added`);
  } else if (!isObject(b)) {
    note("request body removed", at, `${at} removed`);
  } else {
    compareRequired(a, b, at, note);
    compareContent(a, b, { at, pair, note });
    compareRest(without(a, ["content", "required"]), without(b, ["content", "required"]), at, note);
  }
}

function compareResponses(a: JsonObject, b: JsonObject, pair: Pair, note: Note): void {
  const [from, to] = [objectAt(a, "responses"), objectAt(b, "responses")];
  for (const status of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [old, now] = [member(from, status), member(to, status)];
    const at = `response ${status}`;
    const success = /^[23]/.test(status) ? "success " : "";
    if (old === undefined) note(`${success}response added`, at, `${at} added`);
    else if (now === undefined) note(`${success}response removed`, at, `${at} removed`);
    else if (isObject(old) && isObject(now)) {
      compareContent(old, now, { at, pair, note });
      compareRest(without(old, ["content"]), without(now, ["content"]), at, note);
    }
  }
}

/** The bodies of a request or a response, by media type. */
function compareContent(a: JsonObject, b: JsonObject, { at, pair, note }: Place): void {
  const [from, to] = [objectAt(a, "content"), objectAt(b, "content")];
  for (const type of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [old, now] = [member(from, type), member(to, type)];
    if (old === undefined) note("content type added", at, `content type ${type} added to ${at}`);
    else if (now === undefined) note("content type removed", at, `content type ${type} removed from ${at}`);
    else if (isObject(old) && isObject(now)) {
      compareSchemas(objectAt(old, "schema"), objectAt(now, "schema"), { at, pair, note });
      compareRest(without(old, ["schema"]), without(now, ["schema"]), at, note);
    }
  }
}

function compareRequired(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [was, is] = [member(a, "required") === true, member(b, "required") === true];
  if (was !== is)
    note(is ? "now required" : "no longer required", at, `${at} is ${is ? "now" : "no longer"} required`);
}

function compareDeprecation(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  const [was, is] = [member(a, "deprecated") === true, member(b, "deprecated") === true];
  if (was !== is)
    note(is ? "deprecated" : "no longer deprecated", at, `${at} is ${is ? "" : "no longer "}deprecated`);
}

/** Members that nothing above compares: breaking until a maintainer has looked. */
function compareRest(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (!same(old, now)) note("other", at, `${keyword} of ${at} ${verb(old, now)}`);
  }
}

function without(node: JsonObject, keywords: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([keyword]) => !keywords.includes(keyword)));
}
