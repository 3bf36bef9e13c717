import { fork } from "node:child_process";
import { expect, test } from "vitest";
import { nextMessage } from "../../../scripts/bench/next-message.js";

test("a process that ends without a message is an error, and is not waited for", async () => {
  const child = fork("/no/such/program.js", [], {
    execArgv: [],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const error = "/no/such/program.js ended with exit code 1 and sent no message";
  await expect(nextMessage(child)).rejects.toThrow(error);
  await expect(nextMessage(child)).rejects.toThrow(error);
});
