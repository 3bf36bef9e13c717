/** The reason commands are aborted with by Ctrl-C and SIGTERM. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("interrupted; the same command goes on where it stopped");
  }
}

// ms. Under npx one Ctrl-C arrives twice: from the terminal, and passed on by npm.
const ONE_KEYPRESS = 300;

/** What {@link interruptSignal} needs of `process`. */
export interface SignalSource {
  on(name: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

/** A signal aborted by the first Ctrl-C or SIGTERM; the second one calls `end`. `now` is in ms. */
export function interruptSignal(source: SignalSource, end: () => void, now: () => number): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = () => {
    if (first === undefined) {
      first = now();
      controller.abort(new Interrupted());
    } else if (now() - first >= ONE_KEYPRESS) {
      end();
    }
  };
  source.on("SIGINT", interrupt);
  source.on("SIGTERM", interrupt);
  return controller.signal;
}
