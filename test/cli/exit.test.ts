import { CommanderError } from "commander";
import { describe, expect, test, vi } from "vitest";
import type { InterruptSignal } from "../../src/cli/context.js";
import { exitCodeOf, Interrupted, interruptSignal, UsageError } from "../../src/cli/exit.js";
import * as errors from "../../src/index.js";
import { IngestError } from "../../src/ingest/index.js";

const facts = { method: "GET", path: "/v1/x", attempts: 1 };

test.each([
  [new CommanderError(0, "commander.helpDisplayed", ""), 0],
  [new errors.AppStoreConnectError("m", facts), 1],
  [new errors.InvalidRequestError("m", facts), 1],
  [new errors.NotFoundError("m", facts), 1],
  [new errors.ConflictError("m", facts), 1],
  [new errors.ServerError("m", facts), 1],
  [new errors.ConnectionError("m", facts), 1],
  [new errors.TimeoutError("m", facts), 1],
  [new IngestError("busy", "m"), 1],
  [new IngestError("download", "m"), 1],
  [new Error("m"), 1],
  ["m", 1],
  [new CommanderError(1, "commander.unknownOption", "m"), 2],
  [new UsageError("m"), 2],
  [new TypeError("timeout: expected a number"), 2],
  [new TypeError("x is not a function"), 1],
  [new IngestError("corrupt", "m"), 3],
  [new IngestError("manifest", "m"), 3],
  [new IngestError("package-zip", "m"), 3],
  [new errors.AuthenticationError("m", facts), 4],
  [new errors.PermissionError("m", facts), 4],
  [new errors.RateLimitError("m", facts), 5],
  [new Interrupted(), 130],
])("the exit code for %o is %i", (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});

describe("interruptSignal", () => {
  function setUp() {
    const listeners: Record<string, () => void> = {};
    const exit = vi.fn();
    let time = 1000;
    const host = { on: (name: string, listener: () => void) => (listeners[name] = listener), exit };
    const signal = interruptSignal(host, { elapsed: () => time });
    const press = (name: InterruptSignal, at: number) => {
      time = at;
      listeners[name]?.();
    };
    return { signal, exit, press };
  }

  test("is aborted by the first signal", () => {
    const { signal, exit, press } = setUp();
    expect(signal.aborted).toBe(false);
    press("SIGINT", 1000);
    expect(signal.reason).toBeInstanceOf(Interrupted);
    expect(exit).not.toHaveBeenCalled();
  });

  test("treats two signals of one keypress, as under npx, as one", () => {
    const { exit, press } = setUp();
    press("SIGINT", 1000);
    press("SIGINT", 1005);
    expect(exit).not.toHaveBeenCalled();
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("exits on a second signal (%s)", (second) => {
    const { exit, press } = setUp();
    press("SIGINT", 1000);
    press(second, 1400);
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  });
});
