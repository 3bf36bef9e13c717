import { METHODS } from "../document/grammar.js";
import { byName, type JsonObject, member, objectAt } from "../document/json.js";
import { operationsById, title } from "../document/operations.js";
import { schemasOf } from "../document/schemas.js";
import { type Change, type ChangeKind, type Direction, isBreaking, type Note, type Scope } from "./change.js";
import { directionsOf } from "./directions.js";
import { compareOperations, compareRest, type Pair, without } from "./operation.js";
import { compareSchemas } from "./schema.js";
import { compareServers, compareWhole } from "./whole.js";

const BOTH: readonly Direction[] = ["request", "response"];

type NoteIn = (scope: Scope, directions: readonly Direction[]) => Note;

/**
 * What changed in meaning between two selections: in the whole API, then in operations, paths and schemas, each in
 * order of name. Both selections must have the normal form.
 */
export function diff(before: JsonObject, after: JsonObject): Change[] {
  const changes: Change[] = [];
  const noteIn: NoteIn = (scope, directions) => (kind: ChangeKind, at: string, message: string) => {
    changes.push({ scope, kind, at, message, directions, breaking: isBreaking(kind, directions) });
  };
  const pair = { before, after };
  compareWhole(before, after, noteIn({ document: true }, BOTH));
  compareAllOperations(pair, noteIn);
  comparePaths(pair, noteIn);
  compareAllSchemas(pair, noteIn);
  return changes;
}

function compareAllOperations({ before, after }: Pair, noteIn: NoteIn): void {
  const [from, to] = [operationsById(before), operationsById(after)];
  for (const id of names(from.keys(), to.keys())) {
    const [old, now] = [from.get(id), to.get(id)];
    const { method, path } = now ?? old ?? {};
    if (method === undefined || path === undefined) continue;
    const noteFor = (...directions: Direction[]) => noteIn({ operation: id, method, path }, directions);
    if (old && now) compareOperations(old, now, { before, after }, noteFor);
    else if (now) noteFor(...BOTH)("operation added", "", `operation added: ${title(now)}`);
    else if (old) noteFor(...BOTH)("operation removed", "", `operation removed: ${title(old)}`);
  }
}

/** What a path says for all its operations. Its parameters are compared with each operation. */
function comparePaths({ before, after }: Pair, noteIn: NoteIn): void {
  const [from, to] = [objectAt(before, "paths"), objectAt(after, "paths")];
  for (const path of names(Object.keys(from), Object.keys(to))) {
    if (!Object.hasOwn(from, path) || !Object.hasOwn(to, path)) continue;
    const [old, now] = [objectAt(from, path), objectAt(to, path)];
    const note = noteIn({ path }, BOTH);
    compareServers([old, before], [now, after], note);
    const compared = [...METHODS, "parameters", "servers"];
    compareRest(without(old, compared), without(now, compared), "path", note);
  }
}

function compareAllSchemas({ before, after }: Pair, noteIn: NoteIn): void {
  const [schemas, newSchemas] = [schemasOf(before), schemasOf(after)];
  const directions = directionsOf(before);
  for (const name of names(Object.keys(schemas), Object.keys(newSchemas))) {
    const [old, now] = [member(schemas, name), member(newSchemas, name)];
    // A change can only break those who used the schema before.
    const note = noteIn({ schema: name }, [...(directions.get(name) ?? [])].sort());
    if (old === undefined) note("schema added", "", "schema added");
    else if (now === undefined) note("schema removed", "", "schema removed");
    else compareSchemas(old, now, { before, after, at: "", note });
  }
}

function names(a: Iterable<string>, b: Iterable<string>): string[] {
  return [...new Set([...a, ...b])].sort(byName);
}
