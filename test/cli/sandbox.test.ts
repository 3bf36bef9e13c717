import { existsSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { openAccount } from "./support/account.js";
import { adp, start, useAdp } from "./support/adp.js";

useAdp();

/** Starts a sandbox on a free port, its files in a folder of the test; gives what it wrote once it serves. */
async function startSandbox(args: readonly string[], last: string) {
  const { folder } = await openAccount();
  const running = start(["sandbox", "--port", "0", ...args], { TMPDIR: folder });
  let stdout = "";
  running.child.stdout.on("data", (text) => {
    stdout += text;
  });
  await running.saw(last);
  return { running, stdout };
}

test("serves until Ctrl-C, tells programs how to reach it, and takes its key away", async () => {
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

  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(keyFile)).toBe(false);
});

test("prints variables and a command that work as they are", async () => {
  const { running, stdout } = await startSandbox([], "/sandbox/requests\n");
  const variables = [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
  const [create = ""] = /(?<=^ {2}adp )create .*/m.exec(stdout) ?? [];
  expect((await adp(create.split(" "), Object.fromEntries(variables))).code).toBe(0);
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("its limits and the lives of its URLs can be set", async () => {
  const args = ["--json", "--url-lifetime", "60", "--per-hour", "1", "--asset-bytes", "0"];
  const { stdout } = await startSandbox(args, "\n}\n");
  const { url, issuerId, keyFile, appStoreVersions } = JSON.parse(stdout);
  const flags = ["--base-url", url, "--issuer-id", issuerId, "--key-file", keyFile];
  const given = ["--app-store-version-id", appStoreVersions[0].id, ...flags];
  expect((await adp(["create", ...given])).code).toBe(0);
  expect((await adp(["status", ...given])).code).toBe(5);
});

test("a port that is taken is a failure", async () => {
  const { url } = await openAccount();
  const { code, stderr } = await adp(["sandbox", "--port", new URL(url).port]);
  expect(code).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
});
