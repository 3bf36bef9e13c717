import type { StoreContext } from "../../../src/ingest/index.js";
import { TestClock } from "./test-clock.js";

/** What a call to a store needs, on a clock on which no time passes. */
export function virtualContext(): StoreContext {
  return { signal: new AbortController().signal, clock: new TestClock() };
}
