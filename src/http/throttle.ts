import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";

const FIRST_CONCURRENCY = 16;
/**
 * Ms to pause after the first, second, … consecutive 429 without Retry-After. Together more than a minute: the limit that
 * users meet most often is one per minute.
 */
const PAUSES = [500, 2_000, 8_000, 20_000, 30_000];
/** A rate learned from a 429 doubles in this time (ms), … */
const RATE_DOUBLES_IN = 60_000;
/** … and is dropped when it no longer slows anything down (calls per ms). */
const RATE_DROPPED_AT = 1;
const LOWEST_RATE = 0.0001;
/** After so long without a call (ms), the rate is measured from the next call on. */
const IDLE = 5_000;

interface Waiter {
  readonly start: () => void;
}

/** The permission to send one request. Its holder releases it with how the attempt went. */
export interface Slot {
  /**
   * `limited` is a 429 for too many requests at a time, `unknown` means that no response came. `retryAfter`: ms for which
   * the client should send nothing, where the server said so.
   */
  release(result: "accepted" | "limited" | "unknown", retryAfter?: number): void;
}

/**
 * The client's queue. Apple answers 429 to bursts long before the hour's requests are used up, and does not document the
 * rate that it allows. So the client learns it in the way TCP does: concurrency starts small and grows while requests are
 * accepted. A 429 halves it and pauses all calls. After the pause a single call goes first, and then the client keeps to
 * the rate that was accepted before.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #queue = new Set<Waiter>();
  #inFlight = 0;
  #concurrency = FIRST_CONCURRENCY;
  #growSlowlyFrom = Number.POSITIVE_INFINITY;
  #consecutive429s = 0;
  #pausedUntil = 0;
  #rate = Number.POSITIVE_INFINITY;
  #rateSince = 0;
  #nextStart = 0;
  #accepted = 0;
  #measuredFrom = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #rejectedBursts = 0;
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for permission to send; returns it without a promise if nothing is in the way. Rejects with the signal's reason. */
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
        this.#startWaiting();
      });
      this.#queue.add(waiter);
      this.#startWaiting();
    });
  }

  /** Ms until the next call may start; infinite if another call has to end first. */
  #wait(): number {
    // After a 429 a single call tries whether the server accepts requests again.
    const allowed = this.#consecutive429s > 0 ? 1 : this.#concurrency;
    if (this.#inFlight >= allowed) return Number.POSITIVE_INFINITY;
    if (this.#pausedUntil === 0 && this.#rate === Number.POSITIVE_INFINITY) return 0;
    return Math.max(0, Math.max(this.#pausedUntil, this.#nextStart) - this.#clock.elapsed());
  }

  #start(): Slot {
    const started = this.#clock.elapsed();
    const rejectedBursts = this.#rejectedBursts;
    if (this.#inFlight === 0 && started - this.#lastEnd > IDLE && this.#queue.size === 0) {
      this.#measuredFrom = started;
      this.#accepted = 0;
    }
    this.#inFlight++;
    const rate = this.#rate * 2 ** ((started - this.#rateSince) / RATE_DOUBLES_IN);
    if (rate >= RATE_DROPPED_AT) this.#rate = Number.POSITIVE_INFINITY;
    else this.#nextStart = Math.max(started, this.#nextStart) + 1 / rate;
    return {
      release: (result, retryAfter) => {
        const saturated = this.#inFlight >= this.#concurrency;
        this.#inFlight--;
        this.#lastEnd = this.#clock.elapsed();
        if (result === "limited") this.#slowDown(rejectedBursts, retryAfter);
        if (result === "accepted") this.#speedUp(saturated);
        this.#startWaiting();
      },
    };
  }

  #speedUp(saturated: boolean) {
    this.#accepted++;
    this.#consecutive429s = 0;
    if (!saturated) return;
    this.#concurrency += this.#concurrency < this.#growSlowlyFrom ? 1 : 1 / this.#concurrency;
  }

  #slowDown(burstsAtStart: number, retryAfter: number | undefined) {
    const now = this.#clock.elapsed();
    if (retryAfter !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfter);
    // Calls of one burst are rejected together: they count as one 429.
    if (burstsAtStart < this.#rejectedBursts) return;
    this.#rejectedBursts++;
    this.#consecutive429s++;
    if (this.#accepted > 0) {
      this.#concurrency = this.#growSlowlyFrom = Math.max(1, Math.floor(this.#concurrency / 2));
      const measured = Math.max(1, now - this.#measuredFrom);
      this.#rate = Math.max(LOWEST_RATE, (0.9 * this.#accepted) / measured);
      this.#rateSince = now;
      this.#nextStart = now;
      this.#accepted = 0;
      this.#measuredFrom = now;
    }
    // Retry-After replaces the pause once. After a second 429 in a row, both apply.
    if (retryAfter !== undefined && this.#consecutive429s === 1) return;
    const pause = PAUSES[Math.min(this.#consecutive429s, PAUSES.length) - 1] ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
  }

  /** Starts the calls that may start, and sets a timer for the next one. */
  #startWaiting() {
    this.#timer?.abort();
    this.#timer = undefined;
    for (const waiter of this.#queue) {
      const wait = this.#wait();
      if (wait > 0) {
        if (Number.isFinite(wait)) this.#startWaitingIn(wait);
        return;
      }
      this.#queue.delete(waiter);
      waiter.start();
    }
  }

  #startWaitingIn(ms: number) {
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(ms, timer.signal).then(
      () => this.#startWaiting(),
      () => {},
    );
  }
}
