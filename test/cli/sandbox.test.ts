import { existsSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { openAccount } from "./support/account.js";
import { adp, start } from "./support/adp.js";

/** Starts a sandbox on a free port. `last` is the end of what it writes. */
async function startSandbox(args: readonly string[], last: string) {
  const running = start(["sandbox", "--port", "0", ...args]);
  const { stdout } = await running.saw(last);
  return { running, stdout };
}

test("serves until Ctrl-C, writes how to connect as JSON, and deletes its key file", async () => {
  const args = ["--json", "--seed", "7", "--versions", "2", "--variants", "3", "--version-delay", "0.01"];
  const { running, stdout } = await startSandbox(args, "\n}\n");
  const { url, seed, issuerId, keyFile, appStoreVersions } = JSON.parse(stdout);
  expect(seed).toBe("7");
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(stdout).not.toContain("PRIVATE KEY");
  expect(readFileSync(keyFile, "utf8")).toContain("PRIVATE KEY");
  expect(appStoreVersions).toHaveLength(2);

  const flags = ["--base-url", url, "--issuer-id", issuerId, "--key-file", keyFile];
  const given = ["--app-store-version-id", appStoreVersions[1].id, ...flags];
  expect((await adp(["create", ...given])).code).toBe(0);
  expect((await adp(["status", "--wait", "--poll-interval", "0.01", ...given])).code).toBe(0);
  const { data } = JSON.parse((await adp(["variants", "--json", ...given])).stdout);
  expect(data).toHaveLength(3);
  expect((await fetch(`${url}/sandbox/requests`)).status).toBe(200);

  running.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(keyFile)).toBe(false);
});

test("prints variables and a command that work unchanged", async () => {
  const { running, stdout } = await startSandbox([], "/sandbox/requests\n");
  const variables = [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  const [create = ""] = /(?<=^ {2}adp )create .*/m.exec(stdout) ?? [];
  expect((await adp(create.split(" "), Object.fromEntries(variables))).code).toBe(0);
  running.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("limits and the lifetime of URLs can be set", async () => {
  const args = ["--json", "--url-lifetime", "60", "--per-hour", "1", "--asset-bytes", "0"];
  const { stdout } = await startSandbox(args, "\n}\n");
  const { url, issuerId, keyFile, appStoreVersions } = JSON.parse(stdout);
  const flags = ["--base-url", url, "--issuer-id", issuerId, "--key-file", keyFile];
  const given = ["--app-store-version-id", appStoreVersions[0].id, ...flags];
  expect((await adp(["create", ...given])).code).toBe(0);
  expect((await adp(["status", ...given])).code).toBe(5);
});

test("a port that is in use is a failure", async () => {
  const { url } = await openAccount();
  const { code, stderr } = await adp(["sandbox", "--port", new URL(url).port]);
  expect(code).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
});
