import type { IngestProgress } from "../ingest/index.js";
import { formatBytes, formatDuration } from "./units.js";

const WIDEST_BAR = 40;
const NARROWEST_BAR = 10;

function percentage({ bytes, bytesTotal }: IngestProgress): number {
  return bytesTotal === 0 ? 0 : Math.floor((bytes / bytesTotal) * 100);
}

function timeLeft({ bytes, bytesTotal, bytesPerSecond }: IngestProgress): string {
  if (bytesPerSecond === 0) return "-:--";
  return formatDuration((bytesTotal - bytes) / bytesPerSecond);
}

function bar(width: number, done: number): string {
  const filled = Math.floor(width * done);
  return `[${"=".repeat(filled)}${" ".repeat(width - filled)}]`;
}

/**
 * The progress on one line that fits into so many columns: bar, percentage, bytes, speed, time left. A narrow terminal
 * gets a smaller bar, then none, and then only the first of the facts.
 */
export function progressLine(progress: IngestProgress, columns: number): string {
  const { phase, bytes, bytesTotal, bytesPerSecond } = progress;
  if (phase === "preparing" || phase === "finishing") return phase.slice(0, columns - 1);
  const percent = `${String(percentage(progress)).padStart(3)}%`;
  const facts = [
    `${formatBytes(bytes)} of ${formatBytes(bytesTotal)}`,
    `${formatBytes(bytesPerSecond)}/s`,
    `${timeLeft(progress)} left`,
  ];
  // The last column stays free: some terminals wrap when it is written.
  const room = columns - 1;
  const text = [percent, ...facts].join("  ");
  const width = Math.min(WIDEST_BAR, room - text.length - 3);
  if (width >= NARROWEST_BAR) return `${bar(width, bytesTotal === 0 ? 0 : bytes / bytesTotal)} ${text}`;
  let line = percent;
  for (const fact of facts) {
    if (line.length + 2 + fact.length > room) break;
    line += `  ${fact}`;
  }
  return line.slice(0, room);
}

/** The progress as a line of a log. */
export function progressLogLine(progress: IngestProgress): string {
  const { phase, bytes, bytesTotal, assetsTotal, bytesPerSecond } = progress;
  const total = formatBytes(bytesTotal);
  if (phase !== "downloading") return phase;
  if (percentage(progress) < 10) return `downloading ${assetsTotal} assets, ${total}`;
  const speed = `${formatBytes(bytesPerSecond)}/s`;
  return `${percentage(progress)}%  ${formatBytes(bytes)} of ${total}, ${speed}, ${timeLeft(progress)} left`;
}

/** The step of the way the progress is at: a log has one line for each. */
export function progressStep(progress: IngestProgress): string {
  const { phase } = progress;
  return phase === "downloading" ? `${phase} ${Math.floor(percentage(progress) / 10)}` : phase;
}
