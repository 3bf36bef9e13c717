import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClient } from "../../src/index.js";
import { ingestPackage } from "../../src/ingest/index.js";
import { serve } from "../support/server.js";
import { openAccount } from "./support/account.js";
import { adp, start } from "./support/adp.js";
import { endLimitsEarly } from "./support/waits.js";

/** An ingested package folder. */
async function packageFolder() {
  const { sandbox, url, folder } = await openAccount();
  const app = { appId: "6400000001", bundleId: "org.example.notes", version: "2.0" };
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion(app).id);
  const directory = join(folder, "package");
  const { trust } = sandbox;
  await ingestPackage(createClient({ ...sandbox.credentials, baseUrl: url }), {
    packageId,
    directory,
    trust,
  });
  return directory;
}

const entry = {
  version: "2.0",
  buildVersion: "1",
  date: "2026-03-01",
  minOSVersion: "17.4",
  size: 65_536,
  downloadURL: "https://example.com/adp",
};
const flags = ["--url", entry.downloadURL, "--date", entry.date];

test("the entry is JSON on stdout; what a source still needs is on stderr", async () => {
  const directory = await packageFolder();
  const { code, stdout, stderr } = await adp(["altstore", directory, ...flags]);
  const file = join(directory, "manifest.json");
  expect(await adp(["altstore", file, ...flags])).toStrictEqual({ code, stdout, stderr });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toStrictEqual(entry);
  expect(stderr).toContain('{"bundleIdentifier":"org.example.notes","marketplaceID":"6400000001"}');
  expect(stderr).toMatch(/^The app also needs: name, developerName/m);

  const json = await adp(["altstore", directory, ...flags, "--json"]);
  expect(json.stderr).toBe("");
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: entry,
    app: { bundleIdentifier: "org.example.notes" },
    missing: { app: ["name", "developerName", "localizedDescription", "iconURL", "appPermissions"] },
  });

  const flat = await adp(["altstore", directory, ...flags, "--flat"]);
  const { assetURLs } = JSON.parse(flat.stdout);
  expect(Object.keys(assetURLs)).toHaveLength(4);
  expect(assetURLs.manifest).toBe("https://example.com/adp/manifest.json");

  const dated = await adp(["altstore", directory, "--url", entry.downloadURL]);
  expect(JSON.parse(dated.stdout).date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("the manifest can be read from where the package is served", async () => {
  const manifest = readFileSync(join(await packageFolder(), "manifest.json"));
  const { url } = await serve(({ url }, response) => {
    response.writeHead(url === "/adp/manifest.json" ? 200 : 404).end(manifest);
  });
  for (const place of [`${url}/adp`, `${url}/adp/`, `${url}/adp/manifest.json`]) {
    expect(JSON.parse((await adp(["altstore", place, ...flags])).stdout)).toStrictEqual(entry);
  }
  expect(await adp(["altstore", `${url}/none`, ...flags])).toMatchObject({
    code: 1,
    stderr: "error: manifest.json: the server answers 404\n",
  });
  // Nothing listens on the port 1.
  expect(await adp(["altstore", "http://127.0.0.1:1/adp", ...flags])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: manifest\.json: the server cannot be reached: fetch failed: \S/),
  });
  // The URL in a source has to be https, whatever the manifest was read from.
  expect(await adp(["altstore", `${url}/adp`])).toMatchObject({ code: 2, stdout: "" });
});

test.each(["its answer", "its body"])("a server that does not send %s ends it after 60 s", async (what) => {
  const closed: Promise<unknown>[] = [];
  const { url } = await serve((_request, response) => {
    closed.push(once(response, "close"));
    if (what === "its body") response.writeHead(200).write("{");
  });
  endLimitsEarly(60_000);
  expect(await adp(["altstore", url, ...flags])).toMatchObject({
    code: 1,
    stderr: "error: no complete response within 60 s\n",
  });
  // Otherwise the command would not end before the server closes the connection.
  await Promise.all(closed);
});

test("Ctrl-C ends the wait for a server", async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200).write("{");
    command.kill("SIGINT");
  });
  const command = start(["altstore", url, ...flags]);
  expect(await command.ended).toMatchObject({ code: 130, stdout: "" });
});

test("wrong usage and invalid manifests have their exit codes", async () => {
  const { folder } = await openAccount();
  expect(await adp(["altstore", folder])).toMatchObject({
    code: 2,
    stderr: "error: --url: give the https URL where the package is served\n",
  });
  expect(await adp(["altstore", folder, ...flags])).toMatchObject({
    code: 1,
    stderr: `error: there is no file ${join(folder, "manifest.json")}\n`,
  });
  expect(await adp(["altstore", "s3://packages/1234"])).toMatchObject({
    code: 2,
    stderr: "error: <package>: give the https URL where the bucket is served\n",
  });
  // What is left out of the message may be a secret.
  for (const place of [
    "https://user:password@example.com/adp",
    "https://example.com/adp?key=1",
    "https://h/#1",
  ]) {
    expect(await adp(["altstore", place, ...flags])).toMatchObject({
      code: 2,
      stderr:
        "error: <package>: expected a URL without user name, query and fragment, got one that has them\n",
    });
  }
  const none = join(folder, "none");
  expect(await adp(["altstore", none, ...flags])).toMatchObject({
    code: 1,
    stderr: `error: there is no file ${join(none, "manifest.json")}\n`,
  });
  const file = join(folder, "folder/manifest.json");
  mkdirSync(file, { recursive: true });
  expect(await adp(["altstore", join(folder, "folder"), ...flags])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(`^error: ${file}: EISDIR: `),
  });
  mkdirSync(join(folder, "package"));
  writeFileSync(join(folder, "package/manifest.json"), "{}");
  expect(await adp(["altstore", join(folder, "package"), ...flags])).toMatchObject({ code: 3, stdout: "" });
  const directory = await packageFolder();
  const wrongDate = ["altstore", directory, "--url", entry.downloadURL, "--date", "tomorrow"];
  expect(await adp(wrongDate)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^error: --date: expected/),
  });
});
