import type { Clock } from "../../clock.js";
import { Rejection } from "../rejection.js";

/** Limits of each API key. A request over a limit is answered with 429. */
export interface Limits {
  /**
   * Requests in a rolling hour.
   * @default 3500
   */
  readonly perHour?: number | undefined;
  /**
   * Requests in a rolling minute: Apple has such a limit without documenting it.
   * @default no limit
   */
  readonly perMinute?: number | undefined;
  /**
   * Requests that are being answered at the same time.
   * @default no limit
   */
  readonly concurrent?: number | undefined;
}

/** Milliseconds. */
const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Usage {
  readonly hour: RollingWindow;
  readonly minute: RollingWindow;
  running: number;
  readonly end: () => void;
}

export type Limiter = ReturnType<typeof createLimiter>;

export function createLimiter(
  { perHour = 3_500, perMinute = Infinity, concurrent = Infinity }: Limits,
  clock: Clock,
) {
  const usages = new Map<string, Usage>();
  const usageOf = (keyId: string) => {
    let usage = usages.get(keyId);
    if (!usage) {
      const started: Usage = {
        hour: new RollingWindow(HOUR),
        minute: new RollingWindow(MINUTE),
        running: 0,
        end: () => void started.running--,
      };
      usage = started;
      usages.set(keyId, usage);
    }
    return usage;
  };

  return {
    /**
     * Counts a request. The function it returns must be called once the request is answered.
     * @throws Rejection (429)
     */
    start(keyId: string): () => void {
      const usage = usageOf(keyId);
      const time = clock.now();
      if (usage.hour.count(time) >= perHour) throw exceeded("The requests of this hour are used up.");
      if (usage.minute.count(time) >= perMinute) throw exceeded("Too many requests in this minute.");
      if (usage.running >= concurrent) throw exceeded("Too many requests at the same time.");
      usage.hour.add(time);
      if (perMinute !== Infinity) usage.minute.add(time);
      usage.running++;
      return usage.end;
    },
    header(keyId: string | undefined): string {
      const used = keyId === undefined ? 0 : usageOf(keyId).hour.count(clock.now());
      return `user-hour-lim:${perHour};user-hour-rem:${Math.max(0, perHour - used)};`;
    },
  };
}

class RollingWindow {
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

function exceeded(detail: string): Rejection {
  return new Rejection(429, "RATE_LIMIT_EXCEEDED", detail);
}
