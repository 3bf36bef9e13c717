import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { openAccount } from "./support/account.js";
import { adp, start, useAdp } from "./support/adp.js";

useAdp();

test("serves until Ctrl-C, says how to reach it, and takes its key away", async () => {
  const { folder } = await openAccount();
  const env = { TMPDIR: folder };
  const running = start(
    ["sandbox", "--json", "--seed", "1", "--variants", "3", "--version-delay", "0.01"],
    env,
  );
  let stdout = "";
  running.child.stdout.on("data", (text) => {
    stdout += text;
  });
  await running.saw("}\n");
  const { url, keyFile, appStoreVersionId, seed } = JSON.parse(stdout);
  expect(seed).toBe("1");
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);

  const given = ["--app-store-version-id", appStoreVersionId, "--base-url", url, "--key-file", keyFile];
  expect((await adp(["create", ...given])).code).toBe(0);
  expect((await adp(["status", "--wait", "--poll-interval", "0.01", ...given])).code).toBe(0);
  const { data } = JSON.parse((await adp(["variants", "--json", ...given])).stdout);
  expect(data).toHaveLength(3);

  running.child.kill("SIGINT");
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(keyFile)).toBe(false);
});

test("prints commands that work as they are", async () => {
  const { folder } = await openAccount();
  const running = start(["sandbox"], { TMPDIR: folder });
  let stdout = "";
  running.child.stdout.on("data", (text) => {
    stdout += text;
  });
  await running.saw("adp ingest");
  const [create = ""] = /(?<=adp )create .*/.exec(stdout) ?? [];
  expect((await adp(create.split(" "))).code).toBe(0);
  running.child.kill("SIGTERM");
  expect((await running.ended).code).toBe(0);
});

test("a port that is taken is a failure", async () => {
  const { url } = await openAccount();
  const { code, stderr } = await adp(["sandbox", "--port", new URL(url).port]);
  expect(code).toBe(1);
  expect(stderr).toContain("EADDRINUSE");
});
