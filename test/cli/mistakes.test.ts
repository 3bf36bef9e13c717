/** Common mistakes, and the next step that the command names. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { json } from "../support/documents.js";
import { serve } from "../support/server.js";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";
import { skipWaits } from "./support/waits.js";

const fails = async (args: readonly string[], code = 1) => {
  const ended = await adp(args);
  expect(ended).toMatchObject({ code, stdout: "" });
  return ended.stderr;
};

describe("before the package exists", () => {
  const commands = ["status", "versions", "variants", "deltas", "ingest"];

  test.each(commands)("%s names create", async (name) => {
    const { sandbox, folder, flags } = await openAccount();
    const { id } = sandbox.addAppStoreVersion();
    const target = name === "ingest" ? [join(folder, "package")] : [];
    const message = await fails([name, ...target, "--app-store-version-id", id, ...flags]);
    expect(message).toContain(`adp create --app-store-version-id ${id}`);
    expect(readdirSync(folder)).toEqual(["key.json"]);
  });

  test("also where Apple answers that there is none", async () => {
    const { folder, keyFile } = await openAccount();
    const { url } = await serve((_, response) => response.end('{"data":null,"links":{"self":""}}'));
    const flags = ["--base-url", url, "--key-file", keyFile];
    const message = await fails(["status", "--app-store-version-id", "1", ...flags]);
    const ingest = await fails(["ingest", join(folder, "p"), "--app-store-version-id", "1", ...flags]);
    expect(ingest).toContain("Next: adp create --app-store-version-id 1");
    expect(message).toMatch(
      /^error: App Store version 1 has no package yet\n.*adp create --app-store-version-id 1/,
    );
  });
});

test("before the version is COMPLETED, ingest names status --wait; with --wait it waits", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { id } = sandbox.addAppStoreVersion();
  const ingest = ["ingest", join(folder, "package"), "--app-store-version-id", id, ...flags, ...trust];
  sandbox.faults.add({
    operation: "alternativeDistributionPackages_versions_getToManyRelated",
    status: 200,
    body: '{"data":[],"links":{"self":""}}',
    times: 1,
  });
  await adp(["create", "--app-store-version-id", id, ...flags]);
  expect(await fails(ingest)).toContain(`adp status --app-store-version-id ${id} --wait`);
  const waited = await adp([...ingest, "--wait"]);
  expect(waited).toMatchObject({ code: 0, stderr: expect.stringContaining("waiting for a version") });
});

test("ingest --create makes the package, waits for its version and ingests it", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { id } = sandbox.addAppStoreVersion();
  const args = ["ingest", join(folder, "package"), "--create", ...flags, ...trust];
  expect(await adp([...args, "--app-store-version-id", id])).toMatchObject({ code: 0 });
  expect(await fails([...args, "--package-id", "1"], 2)).toContain("--create: give the App Store version");
  expect(await fails([...args, "--version-id", "1"], 2)).toContain("that version exists, leave out --create");
});

describe("an id of something else", () => {
  test("a bundle id: the message names --bundle-id", async () => {
    const { flags } = await openAccount();
    for (const command of ["status", "create"]) {
      const message = await fails([command, "--app-store-version-id", "com.example.app", ...flags]);
      expect(message).toContain("looks like a bundle id. Next: --bundle-id com.example.app --app-version");
    }
  });

  test("an app's id: the message names adp apps", async () => {
    const { flags } = await openAccount();
    for (const command of ["status", "create"]) {
      const message = await fails([command, "--app-store-version-id", "6482123456", ...flags]);
      expect(message).toContain("If 6482123456 is the id of the app: adp apps --app-id 6482123456 lists");
    }
  });

  test("an id with what copying has added is used without it", async () => {
    const { sandbox, flags } = await openAccount();
    const { id } = sandbox.addAppStoreVersion();
    expect(await adp(["create", "--app-store-version-id", ` "${id}"\u200B\n`, ...flags])).toMatchObject({
      code: 0,
    });
    expect(await fails(["create", "--app-store-version-id", "my app", ...flags], 2)).toContain(
      "without spaces",
    );
  });

  test("--after with an id that is no version of the package", async () => {
    const { sandbox, flags } = await openAccount();
    const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const message = await fails(["status", "--package-id", packageId, "--after", packageId, ...flags], 2);
    expect(message).toContain(`--after: package ${packageId} has no version ${packageId}`);
  });
});

describe("a bundle id", () => {
  test.each([
    [["--bundle-id", "com.example.app"], "--bundle-id needs --app-version"],
    [["--app-version", "1.2.3"], "--app-version needs --bundle-id"],
    [["--package-id", "1", "--platform", "IOS"], "--platform needs --bundle-id"],
    [["--bundle-id", "com.example.app", "--package-id", "1"], "cannot be used with"],
    [
      ["--bundle-id", "com.example.app", "--app-version", "1", "--platform", "ios"],
      "Allowed choices are IOS",
    ],
  ])("%j is wrong usage", async (args, message) => {
    expect(await fails(["status", ...args], 2)).toContain(message);
  });

  test("and a number name an App Store version", async () => {
    const { sandbox, keyFile, url } = await openAccount();
    const { id } = sandbox.addAppStoreVersion();
    sandbox.publishVersion(id);
    const app = { type: "apps", id: "6400000001", attributes: { bundleId: "com.example.app" } };
    const attributes = { versionString: "1.2.3", platform: "IOS", appVersionState: "READY_FOR_DISTRIBUTION" };
    const version = { type: "appStoreVersions", id, attributes };
    const links = { self: "" };
    const proxy = await serve(async (request, response) => {
      const path = String(request.url);
      const found = path.startsWith("/v1/apps?")
        ? [app]
        : path.startsWith("/v1/apps/")
          ? [version]
          : undefined;
      const answer = found
        ? json({ data: found, links })
        : await fetch(url + path, { headers: { authorization: String(request.headers.authorization) } });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    });
    const flags = ["--bundle-id", "com.example.app", "--base-url", proxy.url, "--key-file", keyFile];
    expect(await adp(["status", "--app-version", "1.2.3", ...flags])).toMatchObject({ code: 0 });
    const { code, stderr } = await adp(["status", "--app-version", "1.2.4", ...flags]);
    expect(code).toBe(1);
    expect(stderr).toContain("no App Store version 1.2.4 for IOS; it has 1.2.3 (READY_FOR_DISTRIBUTION)");
  });
});

test("a time before what Apple lists: the message names --since", async () => {
  const { sandbox, flags } = await openAccount();
  const app = sandbox.addApp();
  const create = ["webhooks", "create", "--app-id", app.id, "--url", "https://example.com/apple", ...flags];
  const id = (await adp(create, { ADP_WEBHOOK_SECRET: "the secret" })).stdout.trim();
  expect(await fails(["webhooks", "deliveries", id, "--since", "30d", ...flags])).toContain(
    "\nApple lists about the last 10 days. Next: --since 9d",
  );
  expect((await adp(["webhooks", "deliveries", id, "--since", "9d", ...flags])).code).toBe(0);
});

test.each(["--timeout", "--poll-interval"])("status %s without --wait is wrong usage", async (flag) => {
  expect(await fails(["status", "--package-id", "1", flag, "5"], 2)).toBe(
    "error: --timeout and --poll-interval need --wait\n",
  );
});

describe("folders and ports", () => {
  test("--reuse with a folder that does not exist, or a file", async () => {
    const { folder, keyFile, flags } = await openAccount();
    for (const reuse of [join(folder, "none"), keyFile]) {
      const args = ["ingest", join(folder, "package"), "--version-id", "1", "--reuse", reuse, ...flags];
      expect(await fails(args, 2)).toBe(`error: --reuse: there is no folder ${reuse}\n`);
    }
  });

  test("ingest into a folder that cannot be created does not say that downloads are kept", async () => {
    const { sandbox, keyFile, flags, trust } = await openAccount();
    const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const args = ["ingest", join(keyFile, "package"), "--version-id", versionId, ...flags, ...trust];
    const message = await fails(args);
    expect(message).toContain("Fix this and run again.");
    expect(message).not.toContain("stays in");
  });

  test("ingest into a folder that is complete does not say that it downloads", async () => {
    const { sandbox, folder, flags, trust } = await openAccount();
    const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const ingest = ["ingest", join(folder, "package"), "--version-id", versionId, ...flags, ...trust];
    expect((await adp(ingest)).code).toBe(0);
    const again = await adp(ingest);
    expect(again.stdout).toContain("2 assets (2 reused)");
    expect(again.stderr).not.toContain("downloading");
  });

  test("ingest says when it continues an earlier one", async () => {
    skipWaits();
    const { sandbox, folder, flags, trust } = await openAccount();
    const { versionId, variantIds } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const ingest = ["ingest", join(folder, "package"), "--version-id", versionId, ...flags, ...trust];
    const fault = sandbox.faults.add({ on: "cdn", path: String(variantIds[1]), corrupt: true });
    expect(await fails(ingest, 3)).not.toContain("continuing");
    fault.remove();
    const { stdout, stderr } = await adp(ingest);
    expect(stdout).toContain("2 assets (0 reused, 1 resumed)");
    expect(stderr).toMatch(/^continuing where an earlier ingest stopped\npreparing\n/);
  });

  test("verify without a folder, and with one that does not exist", async () => {
    expect(await fails(["verify"], 2)).toContain("give the package folder, such as public/package");
    const { code, stdout } = await adp(["verify", "/no/such/folder"]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^\/no\/such\/folder: NOT valid: there is no such folder\n/);
    const file = await adp(["verify", import.meta.filename]);
    expect(file.stdout).toContain("NOT valid: there is no such folder\n");
  });

  test("verify shows the start of long lists", async () => {
    const { sandbox, folder, flags, trust } = await openAccount();
    const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
    const directory = join(folder, "package");
    const ingest = ["ingest", directory, "--version-id", versionId, ...flags];
    expect(await fails(ingest, 3)).toContain("Next: --trust, with the root certificate of the sandbox");
    expect(await adp([...ingest, ...trust])).toMatchObject({ code: 0 });
    mkdirSync(join(directory, "more"));
    for (let n = 0; n < 1254; n++) writeFileSync(join(directory, "more", `${n}`), "");
    const { stdout } = await adp(["verify", directory]);
    expect(stdout.match(/^added {4}more\/\d+$/gm)).toHaveLength(20);
    expect(stdout).toContain("\n         and 1,234 more\n");
    const document = JSON.parse((await adp(["verify", directory, "--json"])).stdout);
    expect(document.added).toHaveLength(1254);
  });

  test("a port in use", async () => {
    const { url } = await openAccount();
    const { port } = new URL(url);
    expect(await fails(["sandbox", "--port", port])).toContain(`Port ${port} is in use. Next:`);
  });
});
