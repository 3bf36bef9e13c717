import { type Json, type JsonObject, member, same } from "../document/json.js";
import { of, type Place, subject, verb } from "./change.js";

const UPPER = new Set(["exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"]);
const LOWER = new Set(["exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"]);

/** Keywords that allow fewer values than their absence does, and that have no part in the types. */
const OTHERS = new Set([
  ...["contains", "dependentRequired", "dependentSchemas", "else", "if", "maxContains", "minContains"],
  ...["multipleOf", "not", "patternProperties", "propertyNames", "then", "unevaluatedItems"],
  "unevaluatedProperties",
]);

/** Whether a keyword is one of those that {@link compareConstraints} compares. */
export function isConstraint(keyword: string): boolean {
  return [UPPER, LOWER, OTHERS].some((set) => set.has(keyword)) || /^(pattern|uniqueItems)$/.test(keyword);
}

/** Notes what limits values beyond their type: bounds, patterns, uniqueness. */
export function compareConstraints(a: JsonObject, b: JsonObject, place: Place): void {
  const { at, note } = place;
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (UPPER.has(keyword) || LOWER.has(keyword)) compareBound(keyword, a, b, place);
    if (!OTHERS.has(keyword)) continue;
    const change = verb(member(a, keyword), member(b, keyword));
    if (!same(member(a, keyword), member(b, keyword)))
      note(`constraint ${change}`, at, `${keyword}${of(at)} ${change}`);
  }
  const [old, now] = [member(a, "pattern"), member(b, "pattern")];
  if (!same(old, now)) note(`pattern ${verb(old, now)}`, at, `pattern${of(at)} ${verb(old, now)}`);
  const [was, is] = [member(a, "uniqueItems") === true, member(b, "uniqueItems") === true];
  if (was !== is) {
    const kind = is ? "items now unique" : "items need not be unique";
    note(kind, at, `${subject(at)}: ${kind}`);
  }
}

/** A bound that allows less than before is lowered, one that allows more is raised; no bound allows most. */
function compareBound(keyword: string, a: JsonObject, b: JsonObject, { at, note }: Place): void {
  const [old, now] = [member(a, keyword), member(b, keyword)];
  if (same(old, now)) return;
  const message = `limit${of(at)} changed: ${keyword} from ${old ?? "none"} to ${now ?? "none"}`;
  const isKnown = [old, now].every((bound) => bound === undefined || typeof bound === "number");
  if (!isKnown) note("other", at, message);
  else
    note(allowance(keyword, old) > allowance(keyword, now) ? "limit lowered" : "limit raised", at, message);
}

/** How much a bound allows, as a number to compare. */
function allowance(keyword: string, bound: Json | undefined): number {
  if (typeof bound !== "number") return Number.POSITIVE_INFINITY;
  return UPPER.has(keyword) ? bound : -bound;
}
