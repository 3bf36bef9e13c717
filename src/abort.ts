const callbacksOf = new WeakMap<EventTarget, Set<() => void>>();

function runCallbacks(this: AbortSignal) {
  const callbacks = callbacksOf.get(this) ?? new Set();
  for (const callback of callbacks) callback();
  callbacks.clear();
}

/**
 * Calls back when the signal aborts, until the returned function is called. All callbacks of a signal share one listener,
 * because Node warns about a leak when a signal has more than ten.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  const callbacks = callbacksOf.get(signal) ?? new Set();
  callbacksOf.set(signal, callbacks.add(callback));
  // A listener that a signal has already is not added again.
  signal.addEventListener("abort", runCallbacks, { once: true });
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) signal.removeEventListener("abort", runCallbacks);
  };
}

/** The promise, or a rejection with the signal's reason, whichever comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    // Before anything else, so that a rejection is handled also when the signal has aborted already.
    promise.then(resolve, reject).finally(stop);
    if (signal.aborted) reject(signal.reason);
  });
}
