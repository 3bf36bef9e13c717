import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";
import { fakeApple } from "./support/apple.js";

const version = (appVersionState: string) => ({
  data: {
    type: "appStoreVersions",
    id: "v1",
    attributes: { versionString: "1.2.3", platform: "IOS", appVersionState },
  },
});
const app = { type: "apps", id: "1", attributes: { bundleId: "com.example.app" } };
const account = { "GET /v1/apps": { data: [app] }, "GET /v1/alternativeDistributionKeys": { data: [] } };
const packagePath = "GET /v1/appStoreVersions/v1/relationships/alternativeDistributionPackage";

test("all is well: exit code 0", async () => {
  const { env } = await fakeApple({
    ...account,
    "GET /v1/apps/1/appStoreVersions": { data: [version("READY_FOR_DISTRIBUTION").data] },
    "GET /v1/appStoreVersions/v1": version("READY_FOR_DISTRIBUTION"),
    [packagePath]: { data: { type: "alternativeDistributionPackages", id: "p1" } },
    "GET /v1/alternativeDistributionPackages/p1/versions": {
      data: [
        { type: "alternativeDistributionPackageVersions", id: "pv1", attributes: { state: "COMPLETED" } },
      ],
    },
    "GET /v1/apps/1/webhooks": { data: [{ type: "webhooks", id: "w1", attributes: { enabled: true } }] },
  });
  const { code, stdout } = await adp(
    ["doctor", "--bundle-id", "com.example.app", "--app-version", "1.2.3"],
    env,
  );
  expect(stdout.split("\n")).toEqual([
    "ok    key: accepted, and it may read apps",
    expect.stringMatching(/^ok {4}clock: \d s (ahead of|behind) Apple's$/),
    "ok    rate limit: 3400 of 3500 requests left in this hour",
    "ok    alternative distribution: keys can be read; none is registered",
    "ok    App Store version: v1, 1.2.3, READY_FOR_DISTRIBUTION",
    "ok    package: p1, version pv1",
    "ok    webhook: 1 of app 1, 1 enabled",
    "",
  ]);
  expect(code).toBe(0);
});

test("each problem has a next step: exit code 1", async () => {
  const { env } = await fakeApple({
    ...account,
    "GET /v1/alternativeDistributionKeys": { status: 403, body: { errors: [{ code: "FORBIDDEN_ERROR" }] } },
    "GET /v1/appStoreVersions/v1": version("IN_REVIEW"),
    [packagePath]: { data: null },
    "GET /v1/apps/1/webhooks": { data: [] },
  });
  const args = ["doctor", "--app-store-version-id", "v1", "--app-id", "1", "--json"];
  const { code, stdout } = await adp(args, env);
  const { ok, checks } = JSON.parse(stdout);
  expect([code, ok]).toEqual([1, false]);
  const failed = checks.filter((check: { ok: boolean }) => !check.ok);
  expect(failed).toMatchObject([
    { name: "alternative distribution", next: expect.stringContaining("another role") },
    { name: "App Store version", next: expect.stringContaining("PENDING_DEVELOPER_RELEASE") },
    { name: "package", message: "none", next: "adp create --app-store-version-id v1" },
    { name: "webhook", next: "adp webhooks create --app-id 1 --url <your endpoint>" },
  ]);
});

test("a refused key ends the checks", async () => {
  const { env } = await fakeApple({
    "GET /v1/apps": { status: 401, body: { errors: [{ code: "NOT_AUTHORIZED" }] } },
  });
  const { code, stdout } = await adp(["doctor", "--app-id", "1"], env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}key: .*401.* Next: compare the key's id/);
  expect(stdout.trimEnd().split("\n")).toHaveLength(1);
});

test("an API that cannot be reached ends the checks", async () => {
  // Each retry waits a random part of its delay: none.
  const random = vi.spyOn(systemClock, "random").mockReturnValue(0);
  onTestFinished(() => random.mockRestore());
  const { keyFile } = await openAccount();
  // Nothing listens on the port 9.
  const args = ["doctor", "--app-id", "1", "--key-file", keyFile, "--base-url", "http://127.0.0.1:9"];
  const { code, stdout } = await adp(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}key: .*no response.*\n$/);
});

test("a missing key is a finding", async () => {
  const { url } = await openAccount();
  const args = ["doctor", "--base-url", url];
  expect(await adp(args)).toMatchObject({
    code: 1,
    stderr: "",
    stdout: expect.stringMatching(/^FAIL {2}key: .*; or give --key-id, --issuer-id and --key-file\n$/),
  });
  const { code, stdout } = await adp([...args, "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, checks: [{ name: "key", ok: false }] });
});
