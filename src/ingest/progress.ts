import type { Clock } from "../clock.js";

/** What `onProgress` is called with. */
export interface IngestProgress {
  /**
   * - `preparing`: reading the version, its manifest and lists.
   * - `downloading`: checking what is stored and fetching the rest. Left out if the package in place is complete.
   * - `finishing`: moving the package to its place.
   * - `done`: reported once, last.
   */
  readonly phase: "preparing" | "downloading" | "finishing" | "done";
  /** Bytes of the assets that are stored, including those of earlier runs. Never decreases. */
  readonly bytes: number;
  /** Bytes of all assets. 0 before the manifest is read. */
  readonly bytesTotal: number;
  /** Number of assets that are complete. */
  readonly assets: number;
  /** Number of all assets. 0 before the manifest is read. */
  readonly assetsTotal: number;
  /** Bytes gained per second, over the last three seconds. */
  readonly bytesPerSecond: number;
}

// ms between two reports: a little more than a tenth of a second, because no clock is exact.
const REPORT_INTERVAL = 110;
// ms over which the speed is measured.
const SPEED_WINDOW = 3000;

/** Counts bytes and assets. Reports at most ten times a second, and once at the end. */
export class ProgressReporter {
  readonly #report: ((progress: IngestProgress) => void) | undefined;
  readonly #clock: Pick<Clock, "elapsed">;
  #phase: IngestProgress["phase"] = "preparing";
  #bytes = 0;
  #highestBytes = 0;
  #bytesTotal = 0;
  #assets = 0;
  #assetsTotal = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];

  constructor(report: ((progress: IngestProgress) => void) | undefined, clock: Pick<Clock, "elapsed">) {
    this.#report = report;
    this.#clock = clock;
  }

  begin(phase: IngestProgress["phase"]): void {
    this.#phase = phase;
    this.#reportIfDue();
  }

  /** Sets the totals, once the manifest is read. */
  expect({ bytes, assets }: { readonly bytes: number; readonly assets: number }): void {
    this.#bytesTotal = bytes;
    this.#assetsTotal = assets;
  }

  /** @param bytes negative if a chunk turned out wrong */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#reportIfDue();
  }

  addAsset(): void {
    this.#assets += 1;
    this.#reportIfDue();
  }

  done(): void {
    this.#phase = "done";
    this.#assets = this.#assetsTotal;
    this.#bytes = this.#bytesTotal;
    this.#send(this.#clock.elapsed());
  }

  #reportIfDue(): void {
    const now = this.#clock.elapsed();
    if (now - this.#reportedAt >= REPORT_INTERVAL) this.#send(now);
  }

  #send(now: number): void {
    this.#reportedAt = now;
    // A wrong chunk lowers the count, but a progress bar must not move back.
    this.#highestBytes = Math.max(this.#highestBytes, this.#bytes);
    this.#report?.({
      phase: this.#phase,
      bytes: this.#highestBytes,
      bytesTotal: this.#bytesTotal,
      assets: this.#assets,
      assetsTotal: this.#assetsTotal,
      bytesPerSecond: this.#measureSpeed(now),
    });
  }

  #measureSpeed(now: number): number {
    const bytes = this.#highestBytes;
    const samples = this.#samples;
    samples.push({ at: now, bytes });
    while ((samples[1]?.at ?? now) < now - SPEED_WINDOW) samples.shift();
    const first = samples[0];
    if (first === undefined || now <= first.at) return 0;
    return Math.round(((bytes - first.bytes) / (now - first.at)) * 1000);
  }
}
