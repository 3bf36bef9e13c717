import { onTestFinished, vi } from "vitest";
import { systemClock } from "../../../src/clock.js";

/** Makes the waits between retries (at most 5 s) end at once, for one test. Time-outs are longer and stay. */
export function skipWaits(): void {
  const { sleep } = systemClock;
  const spy = vi.spyOn(systemClock, "sleep");
  spy.mockImplementation((ms, signal) => sleep(ms > 5000 ? ms : 0, signal));
  onTestFinished(() => spy.mockRestore());
}
