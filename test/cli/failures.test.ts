import { appendFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { run } from "../../src/cli/run.js";
import { createSandbox } from "../../src/sandbox/index.js";
import { openAccount, writeKeyFile } from "./support/account.js";
import { adp } from "./support/adp.js";
import { skipWaits } from "./support/waits.js";

describe("wrong usage ends with 2 and a message", () => {
  const status = ["status", "--package-id", "1"];
  test.each([
    [[], "Usage: adp"],
    [["ingset"], "Did you mean ingest?"],
    [["ingest"], "missing required argument 'directory'"],
    [["status"], "missing id: give --app-store-version-id or --package-id"],
    [["variants"], "missing id: give --app-store-version-id or --package-id or --version-id"],
    [["create"], "required option '--app-store-version-id <id>' not specified"],
    [[...status, "--app-store-version-id", "2"], "cannot be used with option '--package-id <id>'"],
    [[...status, "--timeout", "0"], "'0' is invalid. Expected seconds"],
    [[...status, "--poll-interval", "soon"], "'soon' is invalid. Expected seconds"],
    [[...status, "--wait", "--poll-interval", "0.0001"], "Expected seconds: a number from 0.001 to"],
    [["ingest", "d", "--package-id", "1", "--concurrency", "1e9"], "whole number, from 1 to 256"],
    [["sandbox", "--port", "65536"], "whole number, from 0 to 65535"],
    [status, "no API key: set APP_STORE_CONNECT_API_KEY_KEY_ID"],
    [["ingest", "d", "--package-id", "1", "--trust", "/no/such.pem"], "--trust: cannot read the file"],
    [[...status, "--key-file", "/no/such/AuthKey_1.p8"], "--key-file: cannot read the file /no/such"],
  ])("%j", async (args, message) => {
    const { code, stdout, stderr } = await adp(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  test.each([
    [["keys", "create"], "--public-key"],
    [["webhooks", "update", "1"], "--secret-file"],
  ])("%j with a file that does not exist", async (args, flag) => {
    const { flags } = await openAccount();
    expect(await adp([...args, flag, "/no/such.txt", ...flags])).toEqual({
      code: 2,
      stdout: "",
      stderr: `error: ${flag}: cannot read the file /no/such.txt\n`,
    });
  });

  test("an invalid id or base URL", async () => {
    const { keyFile, flags } = await openAccount();
    expect(await adp(["versions", "--package-id", "..", ...flags])).toMatchObject({ code: 2 });
    const args = ["status", "--package-id", "1", "--key-file", keyFile, "--base-url", "apple"];
    expect(await adp(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("error: --base-url: expected"),
    });
  });
});

describe("an error of the API has its own exit code, and is a document with --json", () => {
  const createFails = async (flags: readonly string[], id: string) => {
    const { code, stdout, stderr } = await adp(["create", "--app-store-version-id", id, "--json", ...flags]);
    const { error } = JSON.parse(stdout);
    expect(stderr).toBe(`error: ${error.message}\n`);
    expect(error.exitCode).toBe(code);
    return error;
  };

  test("1: no such App Store version", async () => {
    const { flags } = await openAccount();
    const error = await createFails(flags, "none");
    expect(error).toMatchObject({ exitCode: 1, code: expect.any(String), requestId: expect.any(String) });
  });

  test("4: another account's key", async () => {
    const { sandbox, url, folder } = await openAccount();
    const { id } = sandbox.addAppStoreVersion();
    const other = writeKeyFile(join(folder, "other.json"), createSandbox({ seed: "other" }).credentials);
    const error = await createFails(["--base-url", url, "--key-file", other], id);
    expect(error).toMatchObject({ name: "AuthenticationError", exitCode: 4, status: 401 });
    expect(error.message).toContain("check that the key is active, its id, the issuer's id (none for");
  });

  test("4: a key without the permission", async () => {
    const { sandbox, url, folder } = await openAccount();
    const { id } = sandbox.addAppStoreVersion();
    const marketplace = writeKeyFile(join(folder, "marketplace.json"), sandbox.marketplaceCredentials);
    const error = await createFails(["--base-url", url, "--key-file", marketplace], id);
    expect(error).toMatchObject({ name: "PermissionError", exitCode: 4, status: 403 });
  });

  test("5: the hour's requests are used up", async () => {
    const { sandbox, flags } = await openAccount({ limits: { perHour: 0 } });
    const { id } = sandbox.addAppStoreVersion();
    const error = await createFails(flags, id);
    expect(error).toMatchObject({ name: "RateLimitError", exitCode: 5, retryAfter: expect.any(Number) });
  });
});

test("1: no current version, without and with --wait", async () => {
  const { sandbox, folder, flags } = await openAccount({ versionDelay: Number.POSITIVE_INFINITY });
  const given = ["--app-store-version-id", sandbox.addAppStoreVersion().id, ...flags];
  await adp(["create", ...given]);
  const variants = await adp(["variants", ...given]);
  expect(variants).toMatchObject({ code: 1, stderr: expect.stringContaining("--wait waits for it") });
  const ingest = await adp(["ingest", join(folder, "package"), "--json", ...given]);
  expect(ingest.code).toBe(1);
  expect(JSON.parse(ingest.stdout)).toMatchObject({ error: { name: "IngestError", reason: "no-version" } });
  const wait = await adp(["status", "--wait", "--timeout", "0.05", "--poll-interval", "0.01", ...given]);
  expect(wait).toMatchObject({ code: 1, stderr: expect.stringContaining("within 0.05 s") });
});

test("3: a folder that differs from its manifest", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 1 }).id);
  const directory = join(folder, "package");
  await adp(["ingest", directory, "--version-id", versionId, ...trust, ...flags]);
  const [variant] = readdirSync(join(directory, "variant"));
  appendFileSync(join(directory, "variant", String(variant)), "x");
  writeFileSync(join(directory, "stray"), "");

  const { code, stdout } = await adp(["verify", directory, ...trust]);
  expect(code).toBe(3);
  expect(stdout.split("\n")).toEqual([
    `${directory}: NOT valid`,
    expect.stringMatching(/^Signed on /),
    "added    stray",
    `corrupt  variant/${variant}: has 65537 bytes, the manifest says 65536`,
    "",
  ]);
  const report = await adp(["verify", directory, "--json", ...trust]);
  expect(report.code).toBe(3);
  expect(JSON.parse(report.stdout)).toMatchObject({ valid: false, added: ["stray"], missing: [] });
});

test("3: the CDN delivers wrong bytes", async () => {
  skipWaits();
  const { sandbox, folder, flags, trust } = await openAccount();
  const { versionId, variantIds } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  sandbox.faults.add({ on: "cdn", path: String(variantIds[0]), corrupt: true });
  const args = ["ingest", join(folder, "package"), "--version-id", versionId, "--json", ...trust, ...flags];
  const { code, stdout } = await adp(args);
  expect(code).toBe(3);
  const error = { name: "IngestError", reason: "corrupt", path: expect.any(String) };
  expect(JSON.parse(stdout)).toMatchObject({ error });
});

/** A process whose stdout or stderr is a file on a full disk. */
function hostWithFull(name: "stdout" | "stderr") {
  const full = () => new Writable({ write: (_chunk, _encoding, done) => done(new Error("ENOSPC")) });
  const empty = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const streams = { stdout: empty(), stderr: empty(), [name]: full() };
  return { ...streams, env: {}, on: () => undefined, exit: () => undefined };
}

test("a stdout that cannot be written to does not change the exit code", async () => {
  expect(await run(["ingest", "--json"], hostWithFull("stdout"))).toBe(2);
});

test("a stderr that cannot be written to stops no command and does not change its exit code", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const args = ["ingest", join(folder, "package"), "--version-id", versionId, ...trust, ...flags];
  expect(await run(args, hostWithFull("stderr"))).toBe(0);
  expect(await run(["status", "--package-id", "none", ...flags], hostWithFull("stderr"))).toBe(1);
  expect(await run(["apps", "--key-file", "/no/such.p8"], hostWithFull("stderr"))).toBe(2);
});

test("1: remove refuses a folder that is not a package", async () => {
  const { folder } = await openAccount();
  expect(await adp(["remove", folder])).toMatchObject({ code: 1, stdout: "" });
});
