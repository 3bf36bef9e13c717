interface Watch {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const watches = new WeakMap<AbortSignal, Watch>();

function watch(signal: AbortSignal): Watch {
  const known = watches.get(signal);
  if (known) return known;
  const callbacks = new Set<() => void>();
  const listener = () => {
    for (const callback of callbacks) callback();
  };
  const made = { callbacks, listener };
  watches.set(signal, made);
  return made;
}

/**
 * Calls back when the signal aborts, until the returned function is called. All callbacks of a signal share one listener,
 * because Node warns about a leak when a signal has more than ten.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  const { callbacks, listener } = watch(signal);
  if (callbacks.size === 0) signal.addEventListener("abort", listener, { once: true });
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) signal.removeEventListener("abort", listener);
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
