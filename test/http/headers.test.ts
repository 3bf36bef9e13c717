import { describe, expect, test } from "vitest";
import { parseHttpDate, parseRateLimit, parseRetryAfter } from "../../src/http/headers.js";

describe("parseRateLimit", () => {
  test.each([
    "user-hour-lim:3500;user-hour-rem:500;",
    "user-hour-lim:3500;user-hour-rem:500",
    " user-hour-lim:3500 ; user-hour-rem:500 ;more:1",
    "user-hour-rem:500;user-hour-lim:3500;",
    "minute-lim:300;user-hour-lim: 3500;minute-rem:0;user-hour-rem: 500",
    "User-Hour-Lim:3500;User-Hour-Rem:500",
  ])("reads %j", (header) => {
    expect(parseRateLimit(header, 7)).toEqual({ limit: 3500, remaining: 500, at: new Date(7) });
  });

  test.each([
    null,
    "",
    "3500",
    "user-hour-lim:3500;",
    "user-hour-lim:;user-hour-rem:;",
    "other-user-hour-lim:3500;other-user-hour-rem:5;",
    "user-hour-lim:-1;user-hour-rem:5;",
    "user-hour-lim:1e3;user-hour-rem:0x1;",
    "user-hour-lim:99999999999;user-hour-rem:1;",
  ])("ignores %j", (header) => {
    expect(parseRateLimit(header, 0)).toBeUndefined();
  });
});

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");

  test.each([
    ["0", 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["99999", 99_999_000],
    ["Sun, 01 Mar 2026 12:00:30 GMT", 30_000],
    ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
  ])("reads %j", (header, ms) => {
    expect(parseRetryAfter(header, now)).toBe(ms);
  });

  test.each([
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

  test("knows a missing header", () => {
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});

describe("parseHttpDate", () => {
  test("reads HTTP dates only", () => {
    expect(parseHttpDate("Sun, 01 Mar 2026 12:00:00 GMT")).toBe(Date.UTC(2026, 2, 1, 12));
    for (const other of [null, "", "-5", "Sun, 99 Xyz 2026 12:00:00 GMT", "2026-03-01"]) {
      expect(parseHttpDate(other)).toBeUndefined();
    }
  });
});
