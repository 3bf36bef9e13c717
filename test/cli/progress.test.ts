import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration } from "../../src/cli/output.js";
import { createProgressView, progressLine } from "../../src/cli/progress.js";
import type { IngestProgress } from "../../src/ingest/index.js";

const half: IngestProgress = {
  phase: "downloading",
  bytes: 20_000_000,
  bytesTotal: 40_000_000,
  assets: 9,
  assetsTotal: 20,
  bytesPerSecond: 2_500_000,
};

describe("progressLine", () => {
  test.each([
    [100, "[====================                    ]  50%  20.0 MB of 40.0 MB  2.5 MB/s  0:08 left"],
    [60, "[=====      ]  50%  20.0 MB of 40.0 MB  2.5 MB/s  0:08 left"],
    [50, " 50%  20.0 MB of 40.0 MB  2.5 MB/s  0:08 left"],
    [40, " 50%  20.0 MB of 40.0 MB  2.5 MB/s"],
    [30, " 50%  20.0 MB of 40.0 MB"],
    [20, " 50%"],
    [3, " 5"],
  ])("in %i columns", (columns, line) => {
    expect(progressLine(half, columns)).toBe(line);
  });

  test("never fills the last column", () => {
    const phases = ["preparing", "downloading", "finishing", "done"] as const;
    for (const phase of phases) {
      for (let columns = 1; columns <= 200; columns++) {
        expect(progressLine({ ...half, phase }, columns).length).toBeLessThan(columns);
      }
    }
  });

  test("shows no time left without a speed, and at most 99% before the end", () => {
    const line = progressLine({ ...half, bytes: 39_999_999, bytesPerSecond: 0 }, 100);
    expect(line).toMatch(/ 99% .* 0 B\/s {2}-:-- left$/);
    expect(progressLine({ ...half, bytes: 40_000_000, phase: "done" }, 100)).toContain("] 100%");
  });
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [99_949, "99.9 kB"],
  [99_950, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [4_200_000_000, "4.2 GB"],
  [5e15, "5000 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0:00"],
  [8.2, "0:09"],
  [59.5, "1:00"],
  [3599, "59:59"],
  [3600, "1:00:00"],
  [37_230, "10:20:30"],
])("%f seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

/** A stand-in for stderr that keeps what is written. */
function terminal(properties: { isTTY?: boolean; columns?: number }) {
  const stream = Object.assign(new PassThrough(), properties);
  return { stream, written: () => String(stream.read() ?? "") };
}

const CLEAR_LINE = "\r\u001b[K";

describe("on a terminal", () => {
  test("a bar is drawn, and removed at the end", () => {
    const { stream, written } = terminal({ isTTY: true, columns: 60 });
    const view = createProgressView(stream, {});
    view.report(half);
    expect(written()).toContain("[=====      ]  50%  20.0 MB of 40.0 MB  2.5 MB/s  0:08 left");
    view.stop();
    expect(written().endsWith(CLEAR_LINE)).toBe(true);
  });

  test("a note is on a line of its own, above the bar", () => {
    const { stream, written } = terminal({ isTTY: true, columns: 60 });
    const view = createProgressView(stream, {});
    view.note("before the bar");
    expect(written()).toBe("before the bar\n");
    view.report(half);
    written();
    view.note("a note");
    const [before = "", after] = written().split("a note\n");
    expect(before.endsWith(CLEAR_LINE)).toBe(true);
    expect(after).toContain("[=====      ]  50%");
    view.stop();
  });

  test.each([{ CI: "true" }, { TERM: "dumb" }])("lines of a log are written with %j", (env) => {
    const { stream, written } = terminal({ isTTY: true, columns: 60 });
    createProgressView(stream, env).report(half);
    expect(written()).toBe("50%  20.0 MB of 40.0 MB, 2.5 MB/s, 0:08 left\n");
  });
});

test("elsewhere a line is written for each 10 %", () => {
  const { stream, written } = terminal({});
  const view = createProgressView(stream, {});
  view.report({ ...half, phase: "preparing", bytes: 0, bytesTotal: 0 });
  for (let percent = 0; percent <= 35; percent++) {
    view.report({ ...half, bytes: half.bytesTotal * (percent / 100) });
  }
  view.note("a note");
  view.report({ ...half, phase: "done", bytes: half.bytesTotal });
  view.stop();
  expect(written().split("\n")).toEqual([
    "preparing",
    "downloading 20 assets, 40.0 MB",
    "10%  4.0 MB of 40.0 MB, 2.5 MB/s, 0:15 left",
    "20%  8.0 MB of 40.0 MB, 2.5 MB/s, 0:13 left",
    "30%  12.0 MB of 40.0 MB, 2.5 MB/s, 0:12 left",
    "a note",
    "",
  ]);
});
