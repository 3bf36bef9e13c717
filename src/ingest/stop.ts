import { setMaxListeners } from "node:events";
import { onAbort } from "../abort.js";
import { kindOf, optionError } from "../checks.js";
import { isObject } from "../json.js";

/** @throws TypeError unless the value of the option `signal` is an AbortSignal, of any realm, or left out */
export function checkSignal(signal: unknown): void {
  if (signal === undefined || signal === null) return;
  if (isObject(signal) && typeof signal.throwIfAborted === "function") return;
  throw optionError("signal", "an AbortSignal", kindOf(signal));
}

/** What ends everything that is under way at the first failure. It also aborts with the caller's signal, until `release`. */
export function stopWith(signal: AbortSignal | undefined) {
  const stop = new AbortController();
  // Each request under way listens to it. Without this, Node warns of a leak at more than ten.
  setMaxListeners(0, stop.signal);
  return { stop, release: onAbort(signal, () => stop.abort(signal?.reason)) };
}
