import { describe, expect, it } from "vitest";
import { type Case, judge, judgeRefusal } from "../../src/http/verdict.js";

const NOW = Date.parse("2026-03-01T12:00:00Z");

function caseOf(status: number, headers: Record<string, string> = {}, more: Partial<Case> = {}): Case {
  return {
    failure: { kind: "status", status },
    response: new Response("", { status, headers }),
    repeatable: true,
    retries: 0,
    maxRetries: 5,
    waited: 0,
    maxRetryWait: 60_000,
    now: NOW,
    random: 0.5,
    ...more,
  };
}

describe("judge", () => {
  it("waits by backoff where the server says nothing", () => {
    expect(judge(caseOf(503))).toEqual({ wait: 250 });
    expect(judge(caseOf(503, {}, { retries: 2 }))).toEqual({ wait: 1000 });
  });

  it("obeys Retry-After to the ms, without jitter", () => {
    expect(judge(caseOf(503, { "retry-after": "7" }))).toEqual({ wait: 7000 });
    expect(judge(caseOf(503, { "retry-after": "7" }, { random: 0.9 }))).toEqual({ wait: 7000 });
  });

  it("measures a Retry-After date by the server's own clock", () => {
    const headers = { "retry-after": "Sun, 01 Mar 2026 15:00:20 GMT", date: "Sun, 01 Mar 2026 15:00:00 GMT" };
    expect(judge(caseOf(429, headers))).toEqual({ wait: 20_000 });
  });

  it("falls back to backoff on a garbled Retry-After", () => {
    expect(judge(caseOf(429, { "retry-after": "-5" }))).toEqual({ wait: 250 });
  });

  it("does not start a wait that would pass the bound, and says when to come back", () => {
    expect(judge(caseOf(429, { "retry-after": "61" }))).toEqual({
      retryAfter: 61,
      hint: "try again in 61 s",
    });
    expect(judge(caseOf(429, { "retry-after": "10" }, { waited: 50_001 }))).toMatchObject({ retryAfter: 10 });
    expect(judge(caseOf(429, { "retry-after": "10" }, { waited: 50_000 }))).toEqual({ wait: 10_000 });
    expect(judge(caseOf(503, {}, { waited: 60_000 }))).toMatchObject({ retryAfter: 1 });
  });

  it("makes an hour used up an error with the time to wait", () => {
    const headers = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;" };
    expect(judge(caseOf(429, headers))).toEqual({
      retryAfter: 3600,
      hint: "the requests of this hour are used up, try again in 3600 s",
    });
    expect(judge(caseOf(429, { ...headers, "retry-after": "120" }))).toMatchObject({ retryAfter: 120 });
  });

  it("gives up after maxRetries, keeping the server's word", () => {
    expect(judge(caseOf(503, {}, { retries: 5 }))).toEqual({});
    expect(judge(caseOf(503, { "retry-after": "3" }, { retries: 5 }))).toMatchObject({ retryAfter: 3 });
    expect(judge(caseOf(503, {}, { maxRetries: 0 }))).toEqual({});
  });

  it("tells a POST that may not be repeated when it could be", () => {
    expect(judge(caseOf(503, { "retry-after": "3" }, { repeatable: false }))).toMatchObject({
      retryAfter: 3,
    });
  });
});

describe("judgeRefusal", () => {
  const at = (date: string) => judgeRefusal(new Response("", { status: 401, headers: { date } }), NOW).hint;

  it("names a clock that is off, and by how much", () => {
    expect(at("Sun, 01 Mar 2026 11:30:00 GMT")).toContain("(it is 1800 s ahead of the server's)");
    expect(at("Sun, 01 Mar 2026 12:30:00 GMT")).toContain("(it is 1800 s behind the server's)");
    expect(at("Sun, 01 Mar 2026 12:00:05 GMT")).toMatch(/this machine's clock$/);
  });
});
