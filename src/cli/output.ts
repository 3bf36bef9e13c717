import type { Context, Host, OutputStream } from "./context.js";

/** Writes a command's result to stdout: the document with `--json`, else the text. */
export function writeResult({ host, json }: Context, document: unknown, text: string): Promise<void> {
  return write(host.stdout, `${json ? escapedJson(document) : withoutControls(text)}\n`);
}

/** Writes a line for people. It never rejects, because a command does its work also where its notes cannot be written. */
export function writeNote(line: string, stream: OutputStream): Promise<void> {
  return write(stream, `${withoutControls(line)}\n`).catch(() => {});
}

/**
 * Keeps a broken pipe from ending the process: Node throws if a stream has an error and no listener. Other errors reach
 * the callback of the write too.
 */
export function ignoreBrokenPipes({ stdout, stderr }: Pick<Host, "stdout" | "stderr">): void {
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
}

/** Writes, and resolves when the process has passed the text on. A closed reader (`adp … | head`) is not a failure. */
function write(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && !("code" in error && error.code === "EPIPE")) reject(error);
      else resolve();
    });
  });
}

// They could move the cursor, change the terminal, or turn the order of the characters after them.
const HARMFUL = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text from an API or a file, without what is harmful on a terminal. */
function withoutControls(text: string): string {
  return text.replace(HARMFUL, "�");
}

/** JSON that is harmless on a terminal, with the same content. `JSON.stringify` escapes only a part of what is not. */
function escapedJson(document: unknown): string {
  const escaped = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(document, null, 2).replace(HARMFUL, escaped);
}

/**
 * Rows as columns of equal width, with two spaces between them. Each row is one line; `undefined` is shown as "-". An API
 * may give other values than its specification says, so that a cell can be anything.
 */
export function table(rows: readonly (readonly unknown[])[]): string {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? "").replace(/\s+/g, " ") || "-"));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    }
  }
  const padded = (cell: string, column: number) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell));
  return cells.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}

// Characters of East Asia and emoji take two columns of a terminal; marks on the character before take none.
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/gu;
const MARKS = /[\p{M}\p{Cf}]/gu;

function widthOf(text: string): number {
  return [...text.replace(MARKS, "")].length + (text.match(WIDE)?.length ?? 0);
}

const NUMBERS = new Intl.NumberFormat("en-US");

/** A number for people: `1,234`. */
export function formatNumber(value: number): string {
  return NUMBERS.format(value);
}

const MAX_LINES = 20;

/** The first lines, and how many more there are. The whole list is in the document of `--json`. */
export function firstLines(lines: readonly string[]): readonly string[] {
  const more = lines.length - MAX_LINES;
  return more <= 0 ? lines : [...lines.slice(0, MAX_LINES), `         and ${formatNumber(more)} more`];
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes for people, in powers of 1000: `1.5 MB`. */
export function formatBytes(bytes: number): string {
  const fits = UNITS.findIndex((_, index) => bytes < 999.5 * 1000 ** index);
  const power = fits < 0 ? UNITS.length - 1 : fits;
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 99.95 ? 0 : 1)} ${UNITS[power]}`;
}

/** Seconds for people: `0:09`, `12:34`, `1:02:03`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const rest = pad(whole % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}
