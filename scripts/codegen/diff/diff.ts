import { byName, isObject, type JsonObject, member, same } from "../document/json.js";
import { operationsById, title } from "../document/operations.js";
import {
  type Change,
  type ChangeKind,
  type Direction,
  isBreaking,
  type Note,
  type Scope,
  verb,
} from "./change.js";
import { directionsOf, schemasOf } from "./directions.js";
import { compareOperations } from "./operation.js";
import { compareSchemas } from "./schema.js";

/** What changed between two selections, operations first, then schemas, each in order of name. */
export function diff(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = [];
  const noteIn =
    (scope: Scope, directions: readonly Direction[]): Note =>
    (kind: ChangeKind, at: string, message: string) => {
      changes.push({ scope, kind, at, message, directions, breaking: isBreaking(kind, directions) });
    };
  compareWhole(before, after, noteIn({ document: true }, both));
  const pair = { before, after };

  const [from, to] = [operationsById(before), operationsById(after)];
  for (const id of names(from.keys(), to.keys())) {
    const [old, now] = [from.get(id), to.get(id)];
    const { method, path } = now ?? old ?? {};
    if (method === undefined || path === undefined) continue;
    const noteFor = (...directions: Direction[]) => noteIn({ operation: id, method, path }, directions);
    if (old && now) compareOperations(old, now, pair, noteFor);
    else if (now) noteFor(...both)("operation added", "", `operation added: ${title(now)}`);
    else if (old) noteFor(...both)("operation removed", "", `operation removed: ${title(old)}`);
  }

  const [schemas, newSchemas] = [schemasOf(before), schemasOf(after)];
  const directions = directionsOf(before);
  for (const name of names(Object.keys(schemas), Object.keys(newSchemas))) {
    const [old, now] = [member(schemas, name), member(newSchemas, name)];
    // Who met the schema before is who a change can break.
    const note = noteIn({ schema: name }, [...(directions.get(name) ?? [])].sort());
    if (isObject(old) && isObject(now)) compareSchemas(old, now, { at: "", pair, note });
    else if (old === undefined) note("schema added", "", "schema added");
    else if (now === undefined) note("schema removed", "", "schema removed");
    else if (!same(old, now)) note("other", "", "schema changed");
  }
  return changes;
}

const both: readonly Direction[] = ["request", "response"];

/** What concerns every operation: the servers, and how requests are allowed. */
function compareWhole(before: JsonObject, after: JsonObject, note: Note): void {
  const parts = [
    ["servers", member(before, "servers"), member(after, "servers")],
    ["security", member(before, "security"), member(after, "security")],
    ["security schemes", schemes(before), schemes(after)],
  ] as const;
  for (const [name, old, now] of parts) {
    if (!same(old, now)) note("other", name, `${name} ${verb(old, now)}`);
  }
}

function schemes(document: JsonObject) {
  return member(member(document, "components"), "securitySchemes");
}

function names(a: Iterable<string>, b: Iterable<string>): string[] {
  return [...new Set([...a, ...b])].sort(byName);
}
