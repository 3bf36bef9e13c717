import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";

const FIRST_CONCURRENCY = 16;
// Ms to stand still at the first, second, … 429 in a row that says no Retry-After. Together more than a minute:
// the limit met most often is counted by the minute.
const PAUSES = [500, 2_000, 8_000, 20_000, 30_000];
// A rate learned from a 429 is believed for a while only: it doubles in this time (ms) …
const RATE_DOUBLES_IN = 60_000;
// … and is forgotten where it no longer holds anyone up (calls per ms).
const RATE_FORGOTTEN_AT = 1;
const LOWEST_RATE = 0.0001;
// After so long (ms) with nothing to do, what went before says nothing about a burst.
const IDLE = 5_000;

interface Waiter {
  readonly start: () => void;
}

/** A place in the traffic, to be given back with how the attempt went. */
export interface Slot {
  /**
   * `limited` is a 429 of a burst, `unknown` no answer. `retryAfter` (ms): how long nothing at all should be
   * sent, where the server said so.
   */
  release(result: "accepted" | "limited" | "unknown", retryAfter?: number): void;
}

/**
 * The client-wide queue. Apple turns away bursts long before the hour is used up, and does not say at what rate, so
 * the rate is learned as TCP learns it: concurrency starts small and grows while all goes well. A 429 halves it, makes
 * everyone pause, sends a single call ahead afterwards, and holds the client to the rate that went through before.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #queue = new Set<Waiter>();
  #inFlight = 0;
  #concurrency = FIRST_CONCURRENCY;
  #growSlowlyFrom = Number.POSITIVE_INFINITY;
  #strikes = 0;
  #pausedUntil = 0;
  #rate = Number.POSITIVE_INFINITY;
  #rateSince = 0;
  #nextStart = 0;
  #accepted = 0;
  #measuredFrom = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #bursts = 0;
  #alarm: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for a place; at once, without a promise, while there is room. Rejects with the signal's reason. */
  enter(signal?: AbortSignal): Slot | Promise<Slot> {
    if (this.#queue.size === 0 && this.#wait() === 0) return this.#start();
    return new Promise((resolve, reject) => {
      const waiter = {
        start: () => {
          stop();
          resolve(this.#start());
        },
      };
      const stop = onAbort(signal, () => {
        stop();
        this.#queue.delete(waiter);
        reject(signal?.reason);
        this.#pump();
      });
      this.#queue.add(waiter);
      this.#pump();
    });
  }

  /** Ms until the next call may start; infinite while it takes another to end. */
  #wait(): number {
    // After a 429 one call goes ahead alone, to see whether the door is open.
    const room = this.#strikes > 0 ? 1 : this.#concurrency;
    if (this.#inFlight >= room) return Number.POSITIVE_INFINITY;
    if (this.#pausedUntil === 0 && this.#rate === Number.POSITIVE_INFINITY) return 0;
    return Math.max(0, Math.max(this.#pausedUntil, this.#nextStart) - this.#clock.elapsed());
  }

  #start(): Slot {
    const started = this.#clock.elapsed();
    const burst = this.#bursts;
    if (this.#inFlight === 0 && started - this.#lastEnd > IDLE && this.#queue.size === 0) {
      this.#measuredFrom = started;
      this.#accepted = 0;
    }
    this.#inFlight++;
    const rate = this.#rate * 2 ** ((started - this.#rateSince) / RATE_DOUBLES_IN);
    if (rate >= RATE_FORGOTTEN_AT) this.#rate = Number.POSITIVE_INFINITY;
    else this.#nextStart = Math.max(started, this.#nextStart) + 1 / rate;
    return {
      release: (result, retryAfter) => {
        const saturated = this.#inFlight >= this.#concurrency;
        this.#inFlight--;
        this.#lastEnd = this.#clock.elapsed();
        if (result === "limited") this.#slowDown(burst, retryAfter);
        if (result === "accepted") this.#speedUp(saturated);
        this.#pump();
      },
    };
  }

  #speedUp(saturated: boolean) {
    this.#accepted++;
    this.#strikes = 0;
    if (!saturated) return;
    this.#concurrency += this.#concurrency < this.#growSlowlyFrom ? 1 : 1 / this.#concurrency;
  }

  #slowDown(burst: number, retryAfter: number | undefined) {
    const now = this.#clock.elapsed();
    if (retryAfter !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfter);
    // Calls that were under way together are turned away together: that is one sign, not many.
    if (burst < this.#bursts) return;
    this.#bursts++;
    this.#strikes++;
    if (this.#accepted > 0) {
      this.#concurrency = this.#growSlowlyFrom = Math.max(1, Math.floor(this.#concurrency / 2));
      const measured = Math.max(1, now - this.#measuredFrom);
      this.#rate = Math.max(LOWEST_RATE, (0.9 * this.#accepted) / measured);
      this.#rateSince = now;
      this.#nextStart = now;
      this.#accepted = 0;
      this.#measuredFrom = now;
    }
    // The server's own timing is believed once: turned away again after it, everyone waits longer.
    if (retryAfter !== undefined && this.#strikes === 1) return;
    const pause = PAUSES[Math.min(this.#strikes, PAUSES.length) - 1] ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
  }

  /** Starts whoever may start, and sets the alarm for the next one. */
  #pump() {
    this.#alarm?.abort();
    this.#alarm = undefined;
    for (const waiter of this.#queue) {
      const wait = this.#wait();
      if (wait > 0) {
        if (Number.isFinite(wait)) this.#wakeIn(wait);
        return;
      }
      this.#queue.delete(waiter);
      waiter.start();
    }
  }

  #wakeIn(ms: number) {
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#clock.sleep(ms, alarm.signal).then(
      () => this.#pump(),
      () => {},
    );
  }
}
