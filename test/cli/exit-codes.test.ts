import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-codes.js";
import { Interrupted } from "../../src/cli/interrupt.js";
import { UsageError } from "../../src/cli/usage-error.js";
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
  [new TypeError("m"), 2],
  [new IngestError("corrupt", "m"), 3],
  [new IngestError("manifest", "m"), 3],
  [new IngestError("package-zip", "m"), 3],
  [new errors.AuthenticationError("m", facts), 4],
  [new errors.PermissionError("m", facts), 4],
  [new errors.RateLimitError("m", facts), 5],
  [new Interrupted(), 130],
])("%o ends with %i", (error, exitCode) => {
  expect(exitCodeOf(error)).toBe(exitCode);
});
