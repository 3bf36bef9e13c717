import { LONGEST_TIMER } from "./clock.js";
import { isObject } from "./json.js";

/** A value for an error message: on one line and at most 80 characters long. Not for secrets: see {@link kindOf}. */
export function show(value: unknown): string {
  const shown = inFull(value);
  // It is in the place of another option.
  if (shown.includes("PRIVATE KEY")) return "what looks like a private key";
  return shown.length > 80 ? `${shown.slice(0, 76)}…"` : shown;
}

function inFull(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  try {
    const json = JSON.stringify(value);
    // JSON writes null for NaN, infinity and an invalid Date.
    return json === undefined || (json === "null" && value !== null) ? String(value) : json;
  } catch {
    // It refers to itself, or contains a bigint.
    return kindOf(value);
  }
}

/** What a value is, for an error message about a secret: its type, never its content. */
export function kindOf(value: unknown): string {
  if (value === "") return "an empty string";
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}

/** The one form of an option's error. `got` is shown as it is. */
export function optionError(name: string, expected: string, got: string): TypeError {
  return new TypeError(`${name}: expected ${expected}, got ${got}`);
}

/** The value. Only its type is shown, because options can hold secrets. @throws TypeError unless it is an object. */
export function checkObject<Value>(name: string, value: Value): Value {
  if (isObject(value)) return value;
  throw optionError(name, "an object", kindOf(value));
}

/** @throws TypeError unless the value is a string that is not blank. */
export function checkText(name: string, value: unknown, expected = "a non-empty string"): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw optionError(name, expected, show(value));
}

/** @throws TypeError unless the value is a number in these bounds; `unit` is for the message, as in "ms". */
export function checkNumber(
  name: string,
  value: unknown,
  { min, max, unit = "", whole = false }: { min: number; max: number; unit?: string; whole?: boolean },
): number {
  const isFitting = typeof value === "number" && value >= min && value <= max;
  if (isFitting && (!whole || Number.isInteger(value))) return value;
  const expected = `${whole ? "a whole number" : "a number"} from ${min} to ${max}`;
  throw optionError(name, unit === "" ? expected : `${expected} (${unit})`, show(value));
}

/** @throws TypeError unless the value is a number of ms that a timer can wait. */
export function checkDuration(name: string, value: unknown, min = 1): number {
  return checkNumber(name, value, { min, max: LONGEST_TIMER, unit: "ms" });
}

/** @throws TypeError unless the value is a function. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== "function") throw optionError(name, "a function", show(value));
}

/** @throws TypeError unless the value is an AbortSignal, of any realm, or left out */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (isObject(signal) && "aborted" in signal) return;
  throw optionError("signal", "an AbortSignal", kindOf(signal));
}

/** Whether a value is a Date, also one of another realm, where tests run in one of their own (jest). */
export function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
