import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.js";
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
  const { url, seed, issuerId, keyFile, trustFile, notificationSecret, appStoreVersions } =
    JSON.parse(stdout);
  expect(seed).toBe("7");
  const { trust, notificationSecret: secret } = createSandbox({ seed: "7" });
  expect([readFileSync(trustFile, "utf8"), notificationSecret]).toEqual([trust, secret]);
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

test("with --env, prints only variables that a shell reads, and deletes its files at the end", async () => {
  const { running, stdout } = await startSandbox(["--env"], "root.pem\n");
  const names = ["APP_STORE_CONNECT_API_KEY_KEY_FILEPATH", "ADP_TRUST", "ADP_BASE_URL"];
  const script = `set -eu; eval "$1"; printf '%s\\n' ${names.map((name) => `"$${name}"`).join(" ")}`;
  const output = execFileSync("/bin/sh", ["-c", script, "sh", stdout], { encoding: "utf8" });
  const [keyFile = "", trustFile = "", url = ""] = output.split("\n");
  expect(stdout.replaceAll(/^export \w+=\S+\n/gm, "")).toBe("");
  expect((await fetch(`${url}/sandbox/requests`)).status).toBe(200);
  expect(new X509Certificate(readFileSync(trustFile)).subject).toContain("Sandbox Root CA");
  running.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
  expect([existsSync(keyFile), existsSync(trustFile)]).toEqual([false, false]);
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
