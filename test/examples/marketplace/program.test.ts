import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));

test("npm run marketplace -- --once shows one package going through, and ends", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [tsx, "scripts/marketplace.ts", "--once"], {
    cwd: project,
  });
  expect(stdout.trim().split("\n")).toEqual([
    expect.stringMatching(/^The marketplace's page: http:\/\/127\.0\.0\.1:\d+\/$/),
    expect.stringMatching(/^Apple notifies the marketplace of package [\w-]+\.$/),
    expect.stringMatching(/^A device gets its manifest: http:.*manifest\.json$/),
  ]);
});

test("npm run marketplace shows its page until SIGTERM ends it", async () => {
  const env = { ...process.env, PORT: "0", CI: "" };
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/marketplace.ts"], { cwd: project, env });
  const exited = once(child, "exit");
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  const [url = ""] = /http:\S+/.exec(line) ?? [];
  expect(await (await fetch(url)).text()).toContain("packages served");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});
