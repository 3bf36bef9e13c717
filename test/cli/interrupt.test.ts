import { describe, expect, test } from "vitest";
import { openAccount } from "./support/account.js";
import { adp, start } from "./support/adp.js";

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test("ends a wait between two attempts with 130; the wait was reported", async () => {
    const { sandbox, flags } = await openAccount();
    sandbox.faults.add({ status: 503, headers: { "retry-after": "50" } });
    const waiting = start(["status", "--package-id", "1", ...flags]);
    await waiting.saw("GET /v1/alternativeDistributionPackages/1: 503, again in 50 s\n");
    waiting.kill(signal);
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: "" });
  });

  test("ends a wait for a version with 130", async () => {
    const { sandbox, flags } = await openAccount({ versionDelay: Number.POSITIVE_INFINITY });
    const given = ["--app-store-version-id", sandbox.addAppStoreVersion().id, ...flags];
    await adp(["create", ...given]);
    const waiting = start(["status", "--wait", ...given]);
    await waiting.saw("waiting for package");
    waiting.kill(signal);
    expect(await waiting.ended).toMatchObject({ code: 130, stdout: "" });
  });
});
