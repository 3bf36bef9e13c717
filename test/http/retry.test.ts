import { describe, expect, it } from "vitest";
import { backoff, parseHttpDate, parseRetryAfter, shouldRetry } from "../../src/http/retry.js";

describe("shouldRetry", () => {
  it.each([408, 429, 500, 502, 503, 504])("repeats a GET after %i", (status) => {
    expect(shouldRetry({ kind: "status", status }, true)).toBe(true);
  });

  it.each([400, 403, 404, 405, 409, 422, 501, 505])("does not repeat a GET after %i", (status) => {
    expect(shouldRetry({ kind: "status", status }, true)).toBe(false);
  });

  it("repeats a POST only where the server did nothing", () => {
    expect(shouldRetry({ kind: "status", status: 429 }, false)).toBe(true);
    expect(shouldRetry({ kind: "refused" }, false)).toBe(true);
    for (const status of [408, 500, 502, 503, 504]) {
      expect(shouldRetry({ kind: "status", status }, false)).toBe(false);
    }
    expect(shouldRetry({ kind: "broken" }, false)).toBe(false);
  });

  it("repeats a GET whose connection broke or was refused", () => {
    expect(shouldRetry({ kind: "broken" }, true)).toBe(true);
    expect(shouldRetry({ kind: "refused" }, true)).toBe(true);
  });
});

describe("backoff", () => {
  it("doubles its ceiling up to 8 s, with full jitter", () => {
    const almost = 1 - Number.EPSILON;
    expect([1, 2, 3, 4, 5, 6, 50].map((retry) => backoff(retry, almost))).toEqual([
      499, 999, 1999, 3999, 7999, 7999, 7999,
    ]);
    expect(backoff(3, 0)).toBe(0);
    expect(backoff(3, 0.5)).toBe(1000);
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");

  it.each([
    ["0", 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["99999", 99_999_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
  ])("reads %j", (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });

  it.each([
    "",
    "-5",
    "0x10",
    "1e3",
    "1.5",
    "soon",
    "7s",
    "NaN",
    "Infinity",
    "2026-03-01T12:00:30Z",
    "99999999999",
  ])("ignores %j", (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });

  it("knows a missing header", () => {
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});

describe("parseHttpDate", () => {
  it("reads HTTP dates only", () => {
    expect(parseHttpDate("Sun, 01 Mar 2026 12:00:00 GMT")).toBe(Date.UTC(2026, 2, 1, 12));
    for (const other of [null, "", "-5", "Sun, 99 Xyz 2026 12:00:00 GMT", "2026-03-01"]) {
      expect(parseHttpDate(other)).toBeUndefined();
    }
  });
});
