import { afterEach, expect, test, vi } from "vitest";
import { NOON, problem, setUp, tokenOf } from "../support.js";

const path = "/v1/marketplaceWebhooks";
afterEach(() => void vi.useRealTimers());

const exceeded = { status: 429, code: "RATE_LIMIT_EXCEEDED" };

test("the hour is a rolling one: requests older than an hour no longer count", async () => {
  let now = NOON - 3_000_000;
  const { call, sandbox } = await setUp({ now: () => now, limits: { perHour: 2 } });
  const token = await tokenOf(sandbox, { claims: { iat: now / 1000, exp: now / 1000 + 1200 } });
  const first = await call(path, { headers: { authorization: `Bearer ${token}` } });
  expect(first.headers.get("x-rate-limit")).toBe("user-hour-lim:2;user-hour-rem:1;");
  now = NOON;
  expect((await call(path)).headers.get("x-rate-limit")).toBe("user-hour-lim:2;user-hour-rem:0;");
  const refused = await call(path);
  expect(problem(refused)).toEqual(exceeded);
  expect(refused.headers.get("x-rate-limit")).toBe("user-hour-lim:2;user-hour-rem:0;");
  now = NOON + 600_000;
  expect((await call(path)).status).toBe(200);
  expect(problem(await call(path))).toEqual(exceeded);
});

test("requests over the limit of a minute are rejected although the hour has requests left", async () => {
  let now = NOON;
  const { call } = await setUp({ now: () => now, limits: { perMinute: 3 } });
  for (let count = 0; count < 3; count++) expect((await call(path)).status).toBe(200);
  const refused = await call(path);
  expect(problem(refused)).toEqual(exceeded);
  expect(refused.headers.get("x-rate-limit")).toBe("user-hour-lim:3500;user-hour-rem:3497;");
  now += 60_000;
  expect((await call(path)).status).toBe(200);
});

test("requests that run at the same time are limited", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const { call, sandbox } = await setUp({ limits: { concurrent: 2 } });
  sandbox.faults.add({ delay: 1000 });
  const calls = [call(path), call(path), call(path)];
  expect((await Promise.race(calls)).status).toBe(429);
  vi.advanceTimersByTime(1000);
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(statuses.sort()).toEqual([200, 200, 429]);
  sandbox.faults.clear();
  expect((await call(path)).status).toBe(200);
});

test("each key has its own limit", async () => {
  const { call, sandbox } = await setUp({ limits: { perHour: 1 } });
  expect((await call(path)).status).toBe(200);
  expect((await call(path)).status).toBe(429);
  const claims = { iss: undefined, sub: "user" };
  const other = await tokenOf(sandbox, { ...sandbox.individualCredentials, claims });
  expect((await call(path, { headers: { authorization: `Bearer ${other}` } })).status).toBe(200);
});
