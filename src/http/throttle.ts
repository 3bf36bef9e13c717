import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";
import { isHourUsedUp, requestedWait } from "./headers.js";

const FIRST_CONCURRENCY = 16;
/**
 * Ms to pause after the first, second, third and fourth consecutive 429 without Retry-After, and after any later one. The
 * first five are together more than a minute: the limit that users meet most often is one per minute.
 */
const PAUSES = [500, 2_000, 8_000, 20_000];
const LATER_PAUSE = 30_000;
/** Ms in which a rate that was learned from a 429 doubles. */
const RATE_DOUBLES_IN = 60_000;
/** Calls per ms. A higher rate slows nothing down any more, so it is forgotten. */
const RATE_DROPPED_AT = 1;
const LOWEST_RATE = 0.0001;
/** Ms without a call, after which the rate is measured from the next call on. */
const IDLE = 5_000;

/** Why a call fails while it waits to be sent: how the attempt of another call went. */
export interface QueueError {
  /**
   * `no response`: none came. `limited`: a 429 for too many requests at a time. `exhausted`: a 429 that says that no
   * request of this hour is left.
   */
  readonly kind: "no response" | "limited" | "exhausted";
  /** Ms for which the API wants no request, if it says so. */
  readonly retryAfter?: number | undefined;
}

interface Waiter {
  /** When the call joined the queue for the first time. */
  readonly since: number;
  readonly start: () => void;
  readonly fail: (error: QueueError) => void;
}

/** The permission to send one request. Its holder releases it with the response, if one came. */
export interface Slot {
  release(response: Response | undefined): void;
}

/**
 * The client's queue. Apple answers 429 to bursts long before the hour's requests are used up, and does not document the
 * rate that it allows. So the client learns it in the way TCP does: concurrency starts small and grows while requests are
 * accepted. A 429 halves it and pauses all calls. After the pause a single call goes first, and then the client keeps to
 * the rate that was accepted before.
 *
 * Calls do not wait forever: if that single call gets no response, the others fail `maxWait` ms later unless one gets a
 * response meanwhile. If it gets another 429, they fail with the first 429 that comes `maxWait` ms later or after that,
 * unless a call is accepted meanwhile. When the hour's requests are used up, all waiting calls fail at once.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #maxWait: number;
  /** Calls that wait. */
  readonly #queue: Waiter[] = [];
  #inFlight = 0;
  #concurrency = FIRST_CONCURRENCY;
  #consecutive429s = 0;
  #rate = Number.POSITIVE_INFINITY;
  #rateSince = 0;
  /** No call starts before this, because of a pause or of the rate. */
  #nextStart = 0;
  #accepted = 0;
  #measuredFrom = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #rejectedBursts = 0;
  /** When the first attempt after a 429 failed without a response. */
  #unansweredSince: number | undefined;
  /** When the first attempt after a 429 got another 429. */
  #limitedSince: number | undefined;
  #timer: AbortController | undefined;

  constructor(clock: Clock, maxWait: number) {
    this.#clock = clock;
    this.#maxWait = maxWait;
  }

  /**
   * Waits for permission to send; returns it without a promise if there is nothing to wait for.
   *
   * @param since when the call first asked for it, by `clock.elapsed()`
   *
   * @throws the signal's reason, or a {@link QueueError}
   */
  enter(since: number, signal?: AbortSignal): Slot | Promise<Slot> {
    if (this.#queue.length === 0 && this.#wait() === 0) return this.#start();
    return new Promise((resolve, reject) => {
      // The calls that waited as long have failed already: this retry fails too.
      if (this.#inFlight === 0 && this.#timeLeft(since, this.#limitedSince) <= 0)
        return reject({ kind: "limited" });
      const waiter = {
        since,
        start: () => {
          stop();
          resolve(this.#start());
        },
        fail: (error: QueueError) => {
          stop();
          reject(error);
        },
      };
      const stop = onAbort(signal, () => {
        this.#queue.splice(this.#queue.indexOf(waiter), 1);
        reject(signal?.reason);
        if (this.#queue.length === 0) this.#startWaiting();
      });
      this.#queue.push(waiter);
      this.#startWaiting();
    });
  }

  /** Ms until the next call may start; infinite if another call has to end first. */
  #wait(): number {
    // After a 429 a single call tries whether the server accepts requests again.
    const allowed = this.#consecutive429s > 0 ? 1 : this.#concurrency;
    if (this.#inFlight >= allowed) return Number.POSITIVE_INFINITY;
    // Before the first 429 there is no need to read the clock.
    return this.#nextStart === 0 ? 0 : Math.max(0, this.#nextStart - this.#clock.elapsed());
  }

  #start(): Slot {
    const started = this.#clock.elapsed();
    const rejectedBursts = this.#rejectedBursts;
    if (this.#inFlight === 0 && started - this.#lastEnd > IDLE && this.#queue.length === 0) {
      this.#measuredFrom = started;
      this.#accepted = 0;
    }
    this.#inFlight++;
    const rate = this.#rate * 2 ** ((started - this.#rateSince) / RATE_DOUBLES_IN);
    if (rate >= RATE_DROPPED_AT) this.#rate = Number.POSITIVE_INFINITY;
    else this.#nextStart = Math.max(started, this.#nextStart) + 1 / rate;
    return {
      release: (response) => {
        const saturated = this.#inFlight >= this.#concurrency;
        this.#inFlight--;
        this.#lastEnd = this.#clock.elapsed();
        if (response) this.#unansweredSince = undefined;
        else if (this.#consecutive429s > 0) this.#unansweredSince ??= this.#lastEnd;
        if (response?.status === 429) this.#rejected(response, rejectedBursts);
        else if (response) this.#speedUp(saturated);
        this.#startWaiting();
      },
    };
  }

  #speedUp(saturated: boolean) {
    this.#accepted++;
    this.#consecutive429s = 0;
    this.#limitedSince = undefined;
    if (!saturated) return;
    // Fast until the first 429, slowly after it.
    this.#concurrency += this.#rejectedBursts === 0 ? 1 : 1 / this.#concurrency;
  }

  #rejected(response: Response, burstsAtStart: number) {
    const retryAfter = requestedWait(response, this.#clock.now());
    if (isHourUsedUp(response)) return this.#fail({ kind: "exhausted", retryAfter });
    // That call fails. The others should not have to wait so long because of it.
    if (retryAfter !== undefined && retryAfter > this.#maxWait) return;
    this.#slowDown(burstsAtStart, retryAfter);
    // No timer does this: with a limit per minute, the attempt after that minute may be accepted.
    if (this.#consecutive429s > 1) {
      this.#limitedSince ??= this.#lastEnd;
      this.#fail({ kind: "limited", retryAfter }, this.#limitedSince);
    }
  }

  #slowDown(burstsAtStart: number, retryAfter: number | undefined) {
    const now = this.#clock.elapsed();
    if (retryAfter !== undefined) this.#pause(retryAfter);
    // Calls of one burst are rejected together: they count as one 429.
    if (burstsAtStart < this.#rejectedBursts) return;
    this.#rejectedBursts++;
    this.#consecutive429s++;
    if (this.#accepted > 0) {
      this.#concurrency = Math.max(1, Math.floor(this.#concurrency / 2));
      const measured = Math.max(1, now - this.#measuredFrom);
      this.#rate = Math.max(LOWEST_RATE, (0.9 * this.#accepted) / measured);
      this.#rateSince = now;
      this.#accepted = 0;
      this.#measuredFrom = now;
    }
    // Retry-After replaces the pause once. After a second 429 in a row, both apply.
    if (retryAfter !== undefined && this.#consecutive429s === 1) return;
    this.#pause(PAUSES[this.#consecutive429s - 1] ?? LATER_PAUSE);
  }

  #pause(ms: number) {
    this.#nextStart = Math.max(this.#nextStart, this.#clock.elapsed() + ms);
  }

  /** Fails the calls that wait; if `problemSince` is given, only those that have waited for too long since then. */
  #fail(error: QueueError, problemSince?: number) {
    for (let waiter = this.#queue[0]; waiter; waiter = this.#queue[0]) {
      if (problemSince !== undefined && this.#timeLeft(waiter.since, problemSince) > 0) return;
      this.#queue.shift();
      waiter.fail(error);
    }
  }

  /** Ms until a waiting call fails, if the server accepts nothing from `problemSince` on; infinite without a problem. */
  #timeLeft(since: number, problemSince = Number.POSITIVE_INFINITY): number {
    return Math.max(since, problemSince) + this.#maxWait - this.#clock.elapsed();
  }

  /** Starts the calls that may start, and sets a timer for the next one. */
  #startWaiting() {
    this.#timer?.abort();
    this.#timer = undefined;
    for (let waiter = this.#queue[0]; waiter; waiter = this.#queue[0]) {
      const wait = this.#wait();
      const left = this.#timeLeft(waiter.since, this.#unansweredSince);
      if (wait > 0 && left > 0) {
        const next = Math.min(wait, left);
        if (Number.isFinite(next)) this.#startWaitingIn(next);
        return;
      }
      this.#queue.shift();
      if (wait <= 0) waiter.start();
      else waiter.fail({ kind: "no response" });
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
