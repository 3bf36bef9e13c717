import { describe, expect, test } from "vitest";
import { type AttemptState, decide, type Failure, retryDelay, shouldRetry } from "../../src/http/decide.js";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const URL_SENT = "https://api.example/v1/things/1";

/** After a first attempt of a GET that was answered like this. */
function answered(
  status: number,
  headers: Record<string, string> = {},
  more: Partial<AttemptState> = {},
): AttemptState {
  return {
    response: new Response(status === 204 ? null : "", { status, headers }),
    failure: undefined,
    url: URL_SENT,
    repeatable: true,
    tokenRenewable: false,
    tokenRenewals: 0,
    tokenWorked: false,
    redirects: 0,
    retries: 0,
    maxRetries: 5,
    waited: 0,
    maxRetryWait: 60_000,
    now: NOW,
    random: 0.5,
    ...more,
  };
}

describe("decide: retries", () => {
  test.each([200, 201, 204])("ends with a %i", (status) => {
    expect(decide(answered(status))).toEqual({ kind: "end" });
  });

  test("waits by backoff if the server does not say how long", () => {
    expect(decide(answered(503))).toEqual({ kind: "retry", afterMs: 250 });
    expect(decide(answered(503, {}, { retries: 2 }))).toEqual({ kind: "retry", afterMs: 1000 });
  });

  test("retries after a failure without a response", () => {
    const none = { response: undefined };
    expect(decide(answered(200, {}, { ...none, failure: "broken" }))).toEqual({
      kind: "retry",
      afterMs: 250,
    });
    expect(decide(answered(200, {}, { ...none, failure: "broken", repeatable: false }))).toEqual({
      kind: "end",
    });
  });

  test("obeys Retry-After to the ms, without jitter", () => {
    expect(decide(answered(503, { "retry-after": "7" }))).toEqual({ kind: "retry", afterMs: 7000 });
    expect(decide(answered(503, { "retry-after": "7" }, { random: 0.9 }))).toEqual({
      kind: "retry",
      afterMs: 7000,
    });
  });

  test("measures a Retry-After date by the server's own clock", () => {
    const headers = { "retry-after": "Sun, 01 Mar 2026 15:00:20 GMT", date: "Sun, 01 Mar 2026 15:00:00 GMT" };
    expect(decide(answered(429, headers))).toEqual({ kind: "retry", afterMs: 20_000 });
  });

  test("falls back to backoff on a Retry-After that is neither seconds nor a date", () => {
    expect(decide(answered(429, { "retry-after": "-5" }))).toEqual({ kind: "retry", afterMs: 250 });
  });

  test("does not start a wait beyond maxRetryWait, and says when to try again", () => {
    expect(decide(answered(429, { "retry-after": "61" }))).toEqual({
      kind: "end",
      retryAfter: 61,
      hint: "try again in 61 s",
    });
    const ten = { "retry-after": "10" };
    expect(decide(answered(429, ten, { waited: 50_001 }))).toMatchObject({ kind: "end", retryAfter: 10 });
    expect(decide(answered(429, ten, { waited: 50_000 }))).toEqual({ kind: "retry", afterMs: 10_000 });
    expect(decide(answered(503, {}, { waited: 60_000 }))).toMatchObject({ kind: "end", retryAfter: 1 });
  });

  test("ends when the hour's requests are used up, with the time to wait", () => {
    const headers = { "x-rate-limit": "user-hour-lim:3500;user-hour-rem:0;" };
    expect(decide(answered(429, headers))).toEqual({
      kind: "end",
      retryAfter: 3600,
      hint: "the requests of this hour are used up, try again in 3600 s",
    });
    expect(decide(answered(429, { ...headers, "retry-after": "120" }))).toMatchObject({ retryAfter: 120 });
  });

  test("ends after maxRetries, and keeps what Retry-After says", () => {
    expect(decide(answered(503, {}, { retries: 5 }))).toEqual({ kind: "end" });
    expect(decide(answered(503, { "retry-after": "3" }, { retries: 5 }))).toMatchObject({ retryAfter: 3 });
    expect(decide(answered(503, {}, { maxRetries: 0 }))).toEqual({ kind: "end" });
  });

  test("tells the caller of a POST that is not repeated when to try again", () => {
    expect(decide(answered(503, { "retry-after": "3" }, { repeatable: false }))).toMatchObject({
      kind: "end",
      retryAfter: 3,
    });
  });
});

describe("decide: 401", () => {
  test("sends the request again at once with a new token, once", () => {
    expect(decide(answered(401, {}, { tokenRenewable: true }))).toEqual({ kind: "renew token", afterMs: 0 });
    expect(decide(answered(401, {}, { tokenRenewable: true, tokenRenewals: 1 }))).toMatchObject({
      kind: "end",
    });
    expect(decide(answered(401))).toMatchObject({ kind: "end" });
  });

  test("sends it once more after a pause if the credentials worked before", () => {
    const worked = { tokenRenewable: true, tokenWorked: true };
    expect(decide(answered(401, {}, { ...worked, tokenRenewals: 1 }))).toEqual({
      kind: "renew token",
      afterMs: 1500,
    });
    expect(decide(answered(401, {}, { ...worked, tokenRenewals: 2 }))).toMatchObject({ kind: "end" });
    expect(decide(answered(401, {}, { ...worked, tokenRenewals: 1, waited: 59_000 }))).toMatchObject({
      kind: "end",
    });
  });

  test("names a clock that is wrong, and by how much", () => {
    const hint = (date: string) => decide(answered(401, { date }));
    expect(hint("Sun, 01 Mar 2026 11:30:00 GMT")).toMatchObject({
      hint: expect.stringContaining("(it is 1800 s ahead of the server's)"),
    });
    expect(hint("Sun, 01 Mar 2026 12:30:00 GMT")).toMatchObject({
      hint: expect.stringContaining("(it is 1800 s behind the server's)"),
    });
    expect(hint("Sun, 01 Mar 2026 12:00:05 GMT")).toMatchObject({
      hint: expect.stringMatching(/this machine's clock$/),
    });
  });
});

describe("decide: redirects", () => {
  test("follows one within the origin", () => {
    expect(decide(answered(307, { location: "/v1/other" }))).toEqual({
      kind: "redirect",
      url: "https://api.example/v1/other",
    });
  });

  test.each([
    ["another origin", "https://evil.example/", {}],
    ["another scheme", "http://api.example/v1/things/1", {}],
    ["a URL with a password", "https://a:b@api.example/v1/other", {}],
    ["a POST's", "/v1/other", { repeatable: false }],
    ["the sixth in a row", "/v1/other", { redirects: 5 }],
  ])("does not follow %s", (_, location, more) => {
    expect(decide(answered(307, { location }, more))).toEqual({ kind: "end" });
  });

  test("does not follow one without a location", () => {
    expect(decide(answered(302))).toEqual({ kind: "end" });
  });
});

describe("shouldRetry", () => {
  const status = (status: number) => ({ response: new Response("", { status }), failure: undefined });
  const failed = (failure: Failure) => ({ response: undefined, failure });

  test.each([408, 429, 500, 502, 503, 504])("repeats a GET after %i", (code) => {
    expect(shouldRetry({ ...status(code), repeatable: true })).toBe(true);
  });

  test.each([400, 403, 404, 405, 409, 422, 501, 505])("does not repeat a GET after %i", (code) => {
    expect(shouldRetry({ ...status(code), repeatable: true })).toBe(false);
  });

  test("repeats a POST only where the server did nothing", () => {
    expect(shouldRetry({ ...status(429), repeatable: false })).toBe(true);
    expect(shouldRetry({ ...failed("refused"), repeatable: false })).toBe(true);
    for (const code of [408, 500, 502, 503, 504]) {
      expect(shouldRetry({ ...status(code), repeatable: false })).toBe(false);
    }
    expect(shouldRetry({ ...failed("broken"), repeatable: false })).toBe(false);
  });

  test("repeats a GET whose connection broke or was refused", () => {
    expect(shouldRetry({ ...failed("broken"), repeatable: true })).toBe(true);
    expect(shouldRetry({ ...failed("refused"), repeatable: true })).toBe(true);
  });
});

describe("retryDelay", () => {
  test("doubles its ceiling up to 8 s, with full jitter", () => {
    const almost = 1 - Number.EPSILON;
    expect([1, 2, 3, 4, 5, 6, 50].map((retry) => retryDelay(retry, almost))).toEqual([
      499, 999, 1999, 3999, 7999, 7999, 7999,
    ]);
    expect(retryDelay(3, 0)).toBe(0);
    expect(retryDelay(3, 0.5)).toBe(1000);
  });
});
