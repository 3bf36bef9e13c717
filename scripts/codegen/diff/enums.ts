import { arrayAt, type Json, type JsonObject, same } from "../document/json.js";
import { of, type Place } from "./change.js";

/** Notes which values a list of allowed values gained and lost. */
export function compareEnums(a: JsonObject, b: JsonObject, { at, note }: Place): void {
  const [from, to] = [arrayAt(a, "enum"), arrayAt(b, "enum")];
  if (!("enum" in a) && "enum" in b) {
    note("enum added", at, `values${of(at)} are now limited to ${to.map(text).join(", ")}`);
  } else if ("enum" in a && !("enum" in b)) {
    note("enum removed", at, `values${of(at)} are no longer limited to ${from.map(text).join(", ")}`);
  } else {
    for (const value of to.filter((each) => lacks(from, each))) {
      note("enum value added", at, `enum value ${text(value)} added${of(at, "to")}`);
    }
    for (const value of from.filter((each) => lacks(to, each))) {
      note("enum value removed", at, `enum value ${text(value)} removed${of(at, "from")}`);
    }
  }
}

/** Whether no item of the list equals the value. */
export function lacks(list: readonly Json[], value: Json): boolean {
  return !list.some((each) => same(each, value));
}

function text(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
