import { arrayAt, isObject, type Json, type JsonObject, member, same, stringAt } from "../document/json.js";
import { type Note, verb } from "./change.js";

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
  if (!same(old, now)) note("other", "security", `security ${verb(old, now)}`);
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
    member(member(document, "components"), "securitySchemes"),
  );
  if (!same(old, now)) note("other", "security schemes", `security schemes ${verb(old, now)}`);
}
