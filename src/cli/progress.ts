import { SingleBar } from "cli-progress";
import type { IngestProgress } from "../ingest/index.js";
import { writeNote } from "./output.js";
import { progressLine, progressLogLine, progressStep } from "./progress-line.js";

/** Shows how far an ingest is, on stderr. */
export interface ProgressView {
  report(progress: IngestProgress): void;
  /** Writes a line without spoiling what is shown. */
  note(line: string): void;
  /** Takes the bar away. */
  stop(): void;
}

/** What a bar needs of stderr. */
export type Terminal = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** A bar on a terminal; elsewhere, and in CI, a line for every tenth of the way. */
export function createProgressView(stream: Terminal = process.stderr, env = process.env): ProgressView {
  return stream.isTTY && !env.CI && env.TERM !== "dumb" ? barView(stream) : logView(stream);
}

function barView(stream: Terminal): ProgressView {
  let latest: IngestProgress | undefined;
  const bar = new SingleBar({
    stream,
    format: () => (latest ? progressLine(latest, stream.columns || 80) : ""),
    clearOnComplete: true,
    // Else it is switched off in the terminal, and stays off if the process is killed.
    linewrap: true,
  });
  return {
    report(progress) {
      latest = progress;
      if (bar.isActive) bar.update(progress.bytes);
      else bar.start(0, 0);
    },
    note(line) {
      const shown = bar.isActive;
      bar.stop();
      void writeNote(line, stream);
      if (shown) bar.start(0, 0);
    },
    stop: () => bar.stop(),
  };
}

function logView(stream: Terminal): ProgressView {
  let step: string | undefined;
  return {
    report(progress) {
      if (progressStep(progress) === step || progress.phase === "done") return;
      step = progressStep(progress);
      void writeNote(progressLogLine(progress), stream);
    },
    note: (line) => void writeNote(line, stream),
    stop() {},
  };
}
