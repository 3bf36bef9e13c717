import { setMaxListeners } from "node:events";
import { onAbort } from "../abort.js";

/** What ends everything that is under way at the first failure. It also aborts with the caller's signal, until `release`. */
export function stopWith(signal: AbortSignal | undefined) {
  const stop = new AbortController();
  // Each request under way listens to it. Without this, Node warns of a leak at more than ten.
  setMaxListeners(0, stop.signal);
  return { stop, release: onAbort(signal, () => stop.abort(signal?.reason)) };
}
