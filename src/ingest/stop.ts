import { setMaxListeners } from "node:events";
import { onAbort } from "../abort.js";

/** Ends everything that is under way: at the first failure, or when the caller aborts, until `release` is called. */
export function stopWith(signal: AbortSignal | undefined) {
  const stop = new AbortController();
  // Each request under way listens to it. Without this, Node warns of a leak at more than ten.
  setMaxListeners(0, stop.signal);
  return { stop, release: onAbort(signal, () => stop.abort(signal?.reason)) };
}
