import { type JsonObject, member } from "../document/json.js";
import { type Note, of } from "./change.js";

const upper = new Set(["exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum"]);
const lower = new Set(["exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum"]);

export function isLimit(keyword: string): boolean {
  return upper.has(keyword) || lower.has(keyword);
}

/** Notes limits that allow less than before (lowered) or more (raised); no limit allows most. */
export function compareLimits(a: JsonObject, b: JsonObject, at: string, note: Note): void {
  for (const keyword of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!isLimit(keyword)) continue;
    const [old, now] = [member(a, keyword), member(b, keyword)];
    if (old === now) continue;
    const message = `limit${of(at)} changed: ${keyword} from ${old ?? "none"} to ${now ?? "none"}`;
    const known = [old, now].every((bound) => bound === undefined || typeof bound === "number");
    if (!known) note("other", at, message);
    else
      note(allowance(keyword, old) > allowance(keyword, now) ? "limit lowered" : "limit raised", at, message);
  }
}

/** How much a bound allows, as a number to compare. */
function allowance(keyword: string, bound: unknown): number {
  if (typeof bound !== "number") return Number.POSITIVE_INFINITY;
  return upper.has(keyword) ? bound : -bound;
}
