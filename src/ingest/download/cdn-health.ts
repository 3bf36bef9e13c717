import type { Clock } from "../../clock.js";
import { DownloadError } from "./download-error.js";

/** ms in which no download received a byte, after which an ingest gives up. */
const GIVE_UP_AFTER = 60_000;
// With a long `stallTimeout`, a single request may take longer than that to fail.
const LEAST_FAILURES = 3;
// ms to pause all downloads after the first, second, … 429 in a row: 64 s together.
const PAUSES = [1000, 4000, 10_000, 20_000, 29_000];

/** The permission to send a request. */
export interface Turn {
  /** How often the CDN had refused requests when this one was sent. */
  readonly refusals: number;
  readonly isTrial: boolean;
}

/**
 * What the downloads of one ingest share about the CDN: since when none of them gets bytes, and until when the CDN wants
 * no requests. After such a pause, a single download tries first, and the others wait for its first byte.
 */
export class CdnHealth {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Since when there is no byte, although a request failed or the CDN wants none. By the clock's `elapsed`. */
  #failingSince: number | undefined;
  /** How many requests have failed since a byte came. */
  #failures = 0;
  /** How often the CDN has asked for a pause. Requests that were under way together count as one. */
  #refusals = 0;
  #refusalsInARow = 0;
  #pausedUntil = 0;
  /** Resolves when the download that tries first has got a byte or failed. */
  #trial: { readonly ended: Promise<void>; readonly end: () => void } | undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Bytes came that bring a download further. */
  received(): void {
    this.#failingSince = undefined;
    this.#failures = 0;
    // Also during a pause: the download that tries first may have to wait for memory that the others have.
    this.#endTrial();
    // A request that was sent before the pause does not show that the CDN accepts new ones.
    if (this.#clock.elapsed() < this.#pausedUntil) return;
    this.#refusalsInARow = 0;
  }

  /** A request failed. */
  failed(): void {
    this.#failingSince ??= this.#clock.elapsed();
    this.#failures += 1;
  }

  /** Whether the ingest has tried for long enough. */
  get shouldGiveUp(): boolean {
    return this.#failures >= LEAST_FAILURES && this.#msLeft() <= 0;
  }

  #msLeft(): number {
    if (this.#failingSince === undefined) return Number.POSITIVE_INFINITY;
    return this.#failingSince + GIVE_UP_AFTER - this.#clock.elapsed();
  }

  /**
   * Waits until a request may be sent. {@link end} has to be called with the result once the request has ended.
   *
   * @throws DownloadError if the ingest gives up meanwhile
   */
  async enter(): Promise<Turn> {
    for (;;) {
      const now = this.#clock.elapsed();
      const pause = this.#pausedUntil - now;
      // Bytes may have come after the refusal. Without this, nothing would end a pause of hours once the others are done.
      if (pause > GIVE_UP_AFTER) this.#failingSince ??= now;
      if (pause > 0 && this.#msLeft() <= 0) {
        throw new DownloadError(`wants no request for another ${Math.ceil(pause / 1000)} s`, { status: 429 });
      }
      if (pause > 0) await this.#clock.sleep(Math.min(pause, this.#msLeft()), this.#signal);
      else if (this.#refusalsInARow === 0) return { refusals: this.#refusals, isTrial: false };
      else if (this.#trial) await this.#trial.ended;
      else return this.#startTrial();
    }
  }

  end({ isTrial }: Turn): void {
    if (isTrial) this.#endTrial();
  }

  #startTrial(): Turn {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#trial = { ended, end };
    return { refusals: this.#refusals, isTrial: true };
  }

  #endTrial(): void {
    this.#trial?.end();
    this.#trial = undefined;
  }

  /** The CDN refused a request because it gets too many. `retryAfter`: ms for which it wants none, if it says so. */
  refused({ refusals }: Turn, retryAfter: number | undefined): void {
    const now = this.#clock.elapsed();
    if (retryAfter !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, now + retryAfter);
    if (refusals < this.#refusals) return;
    this.#refusals += 1;
    this.#refusalsInARow += 1;
    // The CDN's own pause replaces the first of ours. After a second refusal in a row, the longer one applies.
    if (retryAfter !== undefined && this.#refusalsInARow === 1) return;
    const pause = PAUSES[Math.min(this.#refusalsInARow, PAUSES.length) - 1] ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pause);
  }
}
