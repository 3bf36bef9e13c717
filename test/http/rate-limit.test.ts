import { describe, expect, it } from "vitest";
import { parseRateLimit } from "../../src/http/rate-limit.js";

describe("parseRateLimit", () => {
  it.each([
    "user-hour-lim:3500;user-hour-rem:500;",
    "user-hour-lim:3500;user-hour-rem:500",
    " user-hour-lim:3500 ; user-hour-rem:500 ;more:1",
  ])("reads %j", (header) => {
    expect(parseRateLimit(header, 7)).toEqual({ limit: 3500, remaining: 500, at: new Date(7) });
  });

  it.each([
    null,
    "",
    "3500",
    "user-hour-lim:3500;",
    "user-hour-lim:;user-hour-rem:;",
    "user-hour-lim:-1;user-hour-rem:5;",
    "user-hour-lim:1e3;user-hour-rem:0x1;",
    "user-hour-lim:99999999999;user-hour-rem:1;",
  ])("ignores %j", (header) => {
    expect(parseRateLimit(header, 0)).toBeUndefined();
  });
});
