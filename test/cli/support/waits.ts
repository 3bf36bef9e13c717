import { onTestFinished, vi } from "vitest";
import { systemClock } from "../../../src/clock.js";

/** Makes the waits between retries (at most 5 s) end at once, for one test. Time-outs are longer and stay. */
export function skipWaits(): void {
  const { sleep } = systemClock;
  const spy = vi.spyOn(systemClock, "sleep");
  spy.mockImplementation((ms, signal) => sleep(ms > 5000 ? ms : 0, signal));
  onTestFinished(() => spy.mockRestore());
}

/** Makes a time limit of exactly `limit` ms end after a tenth of a second, for one test. */
export function endLimitsEarly(limit: number): void {
  const { sleep } = systemClock;
  const spy = vi.spyOn(systemClock, "sleep");
  spy.mockImplementation((ms, signal) => sleep(ms === limit ? 100 : ms, signal));
  onTestFinished(() => spy.mockRestore());
}
