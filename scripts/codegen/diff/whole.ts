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
import { type Note, verb } from "./change.js";
import { lacks } from "./enums.js";

/** A node, followed by what it inherits `servers` and `security` from. */
type Holders = readonly JsonObject[];

/** Notes a change of servers. Servers that a node inherits on both sides are compared where they are defined. */
export function compareServers(a: Holders, b: Holders, note: Note): void {
  if (inherits(a, "servers") && inherits(b, "servers")) return;
  const [from, to] = [effective(a, "servers"), effective(b, "servers")].map(urls);
  if (same(from ?? [], to ?? [])) return;
  // Requests go to the first one.
  const kind = from?.[0] !== undefined && from[0] === to?.[0] ? "other servers changed" : "other";
  note(kind, "servers", `servers changed from ${shown(from)} to ${shown(to)}`);
}

/** Notes a change of how requests are authenticated, if a node has its own rule before or after. */
export function compareSecurity(a: Holders, b: Holders, note: Note): void {
  if (inherits(a, "security") && inherits(b, "security")) return;
  const [old, now] = [effective(a, "security"), effective(b, "security")];
  if (same(old, now)) return;
  const [from, to] = [alternatives(old), alternatives(now)];
  const isKept = (each: JsonObject) => to.some((other) => asksForNoMore(other, each));
  const kind = from.every(isKept) ? "authentication added" : "other";
  note(kind, "security", `security ${verb(old, now)}`);
}

/** The ways to authenticate, of which a request needs one. Without any, it needs nothing. */
function alternatives(security: Json | undefined): JsonObject[] {
  const list = arrayAt({ security: security ?? [] }, "security").filter(isObject);
  return list.length > 0 ? list : [{}];
}

/** Whether `after` has the schemes of `before`, and for each of them no scope that `before` does not have. */
function asksForNoMore(after: JsonObject, before: JsonObject): boolean {
  const schemes = Object.keys(after).sort();
  return (
    same(schemes, Object.keys(before).sort()) &&
    schemes.every((scheme) => arrayAt(after, scheme).every((scope) => !lacks(arrayAt(before, scheme), scope)))
  );
}

/** Whether a node that can inherit has no value of its own. */
function inherits([own, ...others]: Holders, keyword: string): boolean {
  return others.length > 0 && (own === undefined || !(keyword in own));
}

function effective(holders: Holders, keyword: string): Json | undefined {
  return member(
    holders.find((holder) => keyword in holder),
    keyword,
  );
}

/** The URLs without a slash at the end, which has no meaning, and each once. */
function urls(servers: Json | undefined): string[] {
  const list = arrayAt({ servers: servers ?? [] }, "servers").filter(isObject);
  return [...new Set(list.map((server) => (stringAt(server, "url") ?? "").replace(/\/+$/, "")))];
}

function shown(list: readonly string[] | undefined): string {
  return list?.join(", ") || "none";
}

/** Notes what concerns the whole API: its servers, and how requests are authenticated. */
export function compareWhole(before: JsonObject, after: JsonObject, note: Note): void {
  compareServers([before], [after], note);
  compareSecurity([before], [after], note);
  const [old, now] = [before, after].map((document) =>
    objectAt(objectAt(document, "components"), "securitySchemes"),
  );
  for (const [name, scheme] of Object.entries(now ?? {})) {
    const known = member(old, name);
    if (known === undefined)
      note("authentication added", "security schemes", `security scheme ${name} added`);
    else if (!same(known, scheme)) note("other", "security schemes", `security scheme ${name} changed`);
  }
  // A scheme is only there while something uses it: what no longer does is reported as changed security.
}
