import type { Environment } from "../credentials.js";
import type { IngestProgress } from "../ingest/index.js";
import type { OutputStream } from "./context.js";
import { formatBytes, formatDuration, writeNote } from "./output.js";

/** Shows the progress of an ingest, with other lines between. */
interface ProgressView {
  report(progress: IngestProgress): void;
  /** Writes a line. If a bar is shown, the line is above it. */
  note(line: string): void;
  /** Removes the bar. */
  stop(): void;
}

/** A bar on a terminal. Elsewhere, and in CI, a line for each 10 %. */
export function createProgressView(stream: OutputStream, env: Environment): ProgressView {
  return stream.isTTY && !env.CI && env.TERM !== "dumb" ? barView(stream) : logView(stream);
}

// To the first column, then delete to the end of the line.
const CLEAR_LINE = "\r\u001b[K";

function barView(stream: OutputStream): ProgressView {
  let line = "";
  return {
    report(progress) {
      line = progressLine(progress, stream.columns || 80);
      stream.write(CLEAR_LINE + line);
    },
    note(text) {
      if (line !== "") stream.write(CLEAR_LINE);
      void writeNote(text, stream);
      stream.write(line);
    },
    stop() {
      if (line !== "") stream.write(CLEAR_LINE);
      line = "";
    },
  };
}

function logView(stream: OutputStream): ProgressView {
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

const MAX_BAR_WIDTH = 40;
const MIN_BAR_WIDTH = 10;

/**
 * The progress as one line that fits into `columns`: bar, percentage, bytes, speed, time left. A narrow terminal gets a
 * smaller bar, a narrower one no bar and fewer facts.
 */
export function progressLine(progress: IngestProgress, columns: number): string {
  const { phase, bytes, bytesTotal, bytesPerSecond } = progress;
  // The last column stays free, because some terminals wrap after a character in it.
  const room = columns - 1;
  if (phase === "preparing" || phase === "finishing") return phase.slice(0, room);
  const percent = `${String(percentage(progress)).padStart(3)}%`;
  const facts = [
    `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`,
    `${formatBytes(bytesPerSecond)}/s`,
    `${timeLeft(progress)} left`,
  ];
  const text = [percent, ...facts].join("  ");
  const width = Math.min(MAX_BAR_WIDTH, room - text.length - 3);
  if (width >= MIN_BAR_WIDTH) return `${bar(width, bytesTotal === 0 ? 0 : bytes / bytesTotal)} ${text}`;
  let line = percent;
  for (const fact of facts) {
    if (line.length + 2 + fact.length > room) break;
    line += `  ${fact}`;
  }
  return line.slice(0, room);
}

function bar(width: number, done: number): string {
  const filled = Math.floor(width * done);
  return `[${"=".repeat(filled)}${" ".repeat(width - filled)}]`;
}

/** The progress as a line of a log. */
function progressLogLine(progress: IngestProgress): string {
  const { phase, bytes, bytesTotal, assetsTotal, bytesPerSecond } = progress;
  const total = formatBytes(bytesTotal);
  if (phase !== "downloading") return phase;
  if (percentage(progress) < 10) return `downloading ${assetsTotal} assets, ${total}`;
  const speed = `${formatBytes(bytesPerSecond)}/s`;
  return `${percentage(progress)}%  ${formatBytes(bytes)} of ${total}, ${speed}, ${timeLeft(progress)} left`;
}

/** The phase, and while downloading each 10 %. A log has one line for each of these steps. */
function progressStep(progress: IngestProgress): string {
  const { phase } = progress;
  return phase === "downloading" ? `${phase} ${Math.floor(percentage(progress) / 10)}` : phase;
}

function percentage({ bytes, bytesTotal }: IngestProgress): number {
  return bytesTotal === 0 ? 0 : Math.floor((bytes / bytesTotal) * 100);
}

function timeLeft({ bytes, bytesTotal, bytesPerSecond }: IngestProgress): string {
  if (bytesPerSecond === 0) return "-:--";
  return formatDuration((bytesTotal - bytes) / bytesPerSecond);
}
