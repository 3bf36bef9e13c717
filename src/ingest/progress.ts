/** What `onProgress` is told. */
export interface IngestProgress {
  /**
   * `preparing`: reading the version, its manifest and lists. `downloading`: checking what is on disk and fetching
   * the rest. `finishing`: moving the folder into place. `done`: told once, last.
   */
  phase: "preparing" | "downloading" | "finishing" | "done";
  /** Bytes of the assets that are here, those found on disk included. Never falls. */
  bytes: number;
  /** Bytes of all assets; 0 before the manifest is read. */
  bytesTotal: number;
  /** Assets that are complete. */
  assets: number;
  /** All assets; 0 before the manifest is read. */
  assetsTotal: number;
  /** Bytes gained per second over the last seconds. */
  bytesPerSecond: number;
}

// ms between two reports: a little more than a tenth of a second, as no clock is exact.
const INTERVAL = 110;
// ms over which the speed is measured.
const WINDOW = 3000;

/** Counts, and reports at most ten times a second and once at the end. */
export class ProgressReporter {
  readonly #report: ((progress: IngestProgress) => void) | undefined;
  readonly #state: IngestProgress = {
    phase: "preparing",
    bytes: 0,
    bytesTotal: 0,
    assets: 0,
    assetsTotal: 0,
    bytesPerSecond: 0,
  };
  #bytes = 0;
  #reported = Number.NEGATIVE_INFINITY;
  readonly #samples: { at: number; bytes: number }[] = [];

  constructor(report: ((progress: IngestProgress) => void) | undefined) {
    this.#report = report;
  }

  begin(phase: IngestProgress["phase"], totals: { bytesTotal?: number; assetsTotal?: number } = {}): void {
    Object.assign(this.#state, totals, { phase });
    this.#tick();
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#tick();
  }

  addAsset(): void {
    this.#state.assets += 1;
    this.#tick();
  }

  /** The last report. */
  done(): void {
    const { bytesTotal, assetsTotal } = this.#state;
    Object.assign(this.#state, { phase: "done", assets: assetsTotal });
    this.#bytes = bytesTotal;
    this.#emit(performance.now());
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#reported >= INTERVAL) this.#emit(now);
  }

  #emit(now: number): void {
    this.#reported = now;
    const state = this.#state;
    // A chunk that turns out wrong takes bytes back; a bar that does so only puzzles people.
    state.bytes = Math.max(state.bytes, this.#bytes);
    this.#samples.push({ at: now, bytes: state.bytes });
    while ((this.#samples[1]?.at ?? now) < now - WINDOW) this.#samples.shift();
    const first = this.#samples[0];
    const elapsed = first ? now - first.at : 0;
    state.bytesPerSecond =
      first && elapsed > 0 ? Math.round(((state.bytes - first.bytes) / elapsed) * 1000) : 0;
    this.#report?.({ ...state });
  }
}
