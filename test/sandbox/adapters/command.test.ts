import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../../../src/index.js";
import { adp } from "../../cli/support/adp.js";

const script = fileURLToPath(new URL("../../../scripts/sandbox.ts", import.meta.url));
let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));

async function run(...args: string[]) {
  const started = spawn(process.execPath, ["--import", "tsx", script, ...args]);
  child = started;
  let output = "";
  for await (const bytes of started.stdout) {
    output += bytes;
    if (output.includes("/sandbox/requests")) break;
  }
  return { output, started };
}

test("the command serves a sandbox that any program can use", async () => {
  const { output, started } = await run("--port", "0", "--seed", "7", "--versions", "2", "--variants", "3");
  const find = (pattern: RegExp) => pattern.exec(output)?.[1] ?? "";
  const baseUrl = find(/listens on (\S+)/);
  const keyFile = find(/FILEPATH=(\S+)/);
  expect(output).not.toContain("PRIVATE KEY");
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  const ids = [...output.matchAll(/^ {2}(\S+) of app/gm)].map(([, id]) => id ?? "");
  expect(ids).toHaveLength(2);

  const client = createClient({
    keyId: find(/KEY_ID=(\S+)/),
    issuerId: find(/ISSUER_ID=(\S+)/),
    privateKey: readFileSync(keyFile, "utf8"),
    baseUrl,
  });
  const control = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${baseUrl}/sandbox/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  const { data } = await client.packages.create({ appStoreVersionId: ids[0] ?? "" });
  const first = await client.packages.currentVersion(data.id);
  expect(await client.versions.listVariantIds(first?.id ?? "").toArray()).toHaveLength(3);

  const added = await control("POST", "appStoreVersions", { variants: 1 });
  expect(added).toMatchObject({ status: 200, body: { appId: expect.any(String) } });
  const published = await control("POST", "versions", { id: data.id, deltas: 2 });
  expect(published.body).toMatchObject({ packageId: data.id, version: "2" });
  expect((await client.packages.currentVersion(data.id))?.id).toBe(published.body.versionId);

  await control("POST", "faults", { status: 403 });
  await expect(client.packages.get(data.id)).rejects.toMatchObject({ status: 403 });
  expect((await control("DELETE", "faults")).status).toBe(204);
  await client.packages.get(data.id);
  const requests = await control("GET", "requests");
  expect(requests.body.at(-1)).toMatchObject({
    operation: "alternativeDistributionPackages_getInstance",
    status: 200,
  });
  const notified = { type: "AppUnavailable", about: data.id, url: `${baseUrl}/nowhere` };
  expect((await control("POST", "notifications", notified)).body).toEqual({ status: 401 });

  expect(await control("POST", "versions", { id: "nobody" })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("nobody") },
  });
  expect((await control("POST", "versions", [])).status).toBe(400);
  expect((await control("GET", "nothing")).status).toBe(404);

  started.kill("SIGINT");
  expect(await once(started, "exit")).toEqual([0, null]);
  expect(existsSync(keyFile)).toBe(false);
});

test("the command rejects an option that is not a number, in one line", async () => {
  const { code, stderr } = await adp(["sandbox", "--port", "many"]);
  expect(code).toBe(2);
  expect(stderr.trim()).toMatch(/^error: option '--port <port>' .*whole number/);
});
