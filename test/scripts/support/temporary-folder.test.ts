import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { thorough } from "../../support/thorough.js";

const helper = new URL("../../../scripts/support/temporary-folder.ts", import.meta.url).href;

/** Starts a program that prints the path of a temporary folder, and then does this. */
async function start(then: string) {
  const code = `import { temporaryFolder } from ${JSON.stringify(helper)};
    console.log(temporaryFolder("folder-test-")); ${then}`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", code];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  const [path] = await once(child.stdout.setEncoding("utf8"), "data");
  return { child, ended, folder: String(path).trim() };
}

test.each<NodeJS.Signals>(thorough ? ["SIGINT", "SIGTERM", "SIGHUP"] : ["SIGTERM"])(
  "a temporary folder is deleted after %s",
  async (signal) => {
    const { child, ended, folder } = await start("setInterval(() => {}, 1000);");
    expect(existsSync(folder)).toBe(true);
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(existsSync(folder)).toBe(false);
  },
);

test("a temporary folder is deleted after an error", async () => {
  const { ended, folder } = await start("setTimeout(() => { throw new Error(); }, 10);");
  expect(await ended).toEqual([1, null]);
  expect([folder === "", existsSync(folder)]).toEqual([false, false]);
});
