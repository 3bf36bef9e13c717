import type { Clock } from "./clock.js";
import { ApiError } from "./errors.js";

/** How much one key may ask for. */
export interface Limits {
  /** Requests in a rolling hour. Default 3,500. */
  readonly perHour?: number;
  /** Requests in a rolling minute, a burst limit Apple has without writing it down. Default: none. */
  readonly perMinute?: number;
  /** Requests being answered at the same time. Default: none. */
  readonly concurrent?: number;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The requests of one key. */
interface Usage {
  readonly hour: Window;
  readonly minute: Window;
  running: number;
  readonly leave: () => void;
}

export function createLimiter(
  { perHour = 3_500, perMinute = Infinity, concurrent = Infinity }: Limits,
  now: Clock,
) {
  const usages = new Map<string, Usage>();
  const usageOf = (keyId: string) => {
    let usage = usages.get(keyId);
    if (!usage) {
      const started: Usage = {
        hour: new Window(HOUR),
        minute: new Window(MINUTE),
        running: 0,
        leave: () => void started.running--,
      };
      usage = started;
      usages.set(keyId, usage);
    }
    return usage;
  };

  return {
    /** Counts a request in; the function it gives counts it out when it is answered. Throws the 429. */
    enter(keyId: string): () => void {
      const usage = usageOf(keyId);
      const time = now();
      if (usage.hour.count(time) >= perHour) throw exceeded("The requests of this hour are used up.");
      if (usage.minute.count(time) >= perMinute) throw exceeded("Too many requests in this minute.");
      if (usage.running >= concurrent) throw exceeded("Too many requests at once.");
      usage.hour.add(time);
      if (perMinute !== Infinity) usage.minute.add(time);
      usage.running++;
      return usage.leave;
    },
    /** The value of `X-Rate-Limit` as it stands for a key. */
    header(keyId: string | undefined): string {
      const used = keyId === undefined ? 0 : usageOf(keyId).hour.count(now());
      return `user-hour-lim:${perHour};user-hour-rem:${Math.max(0, perHour - used)};`;
    },
  };
}

/** Counts what happened in the last `span` milliseconds. */
class Window {
  readonly #span: number;
  #times: number[] = [];
  #first = 0;

  constructor(span: number) {
    this.#span = span;
  }

  add(time: number): void {
    this.#times.push(time);
  }

  count(time: number): number {
    while (this.#first < this.#times.length && (this.#times[this.#first] ?? 0) <= time - this.#span)
      this.#first++;
    if (this.#first > 1_000 && this.#first * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }
}

function exceeded(detail: string): ApiError {
  return new ApiError(429, "RATE_LIMIT_EXCEEDED", detail);
}
