import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseManifest } from "../../src/ingest/package/parse-manifest.js";
import { applePackages } from "../ingest/support/apple-packages.js";
import { serveFolder } from "../ingest/support/served-folder.js";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";

async function ingested() {
  const account = await openAccount();
  const { sandbox, folder, flags, trust } = account;
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 2 }).id);
  const directory = join(folder, "package");
  expect((await adp(["ingest", directory, "--version-id", versionId, ...trust, ...flags])).code).toBe(0);
  return { ...account, directory };
}

test("a signature under another root is 3 without --trust, for verify and for ingest", async () => {
  const { sandbox, directory, folder, flags } = await ingested();
  const { code, stdout } = await adp(["verify", directory]);
  expect(code).toBe(3);
  expect(stdout).toContain("NOT valid\nsignature invalid (root): ");
  expect(stdout).not.toContain("Signed");
  const json = await adp(["verify", directory, "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject({
    valid: false,
    signature: { valid: false, reason: "root" },
  });
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion({ variants: 1 }).id);
  const refused = await adp(["ingest", join(folder, "other"), "--version-id", versionId, ...flags]);
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("(signature: root)") });
});

test("ADP_TRUST is a path or a PEM, and --trust goes before it", async () => {
  const { sandbox, directory, trust } = await ingested();
  const [, file = ""] = trust;
  for (const ADP_TRUST of [file, sandbox.trust, sandbox.trust.replaceAll("\n", "\\n")]) {
    expect((await adp(["verify", directory], { ADP_TRUST })).code).toBe(0);
  }
  expect((await adp(["verify", directory, ...trust], { ADP_TRUST: "/no/such/file" })).code).toBe(0);
  expect((await adp(["verify", directory], { ADP_TRUST: "" })).code).toBe(3);
});

test("a trust file that cannot be used is wrong usage", async () => {
  const { directory, keyFile } = await ingested();
  expect(await adp(["verify", directory, "--trust", "/no/such/file"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--trust: cannot read the file /no/such/file"),
  });
  expect(await adp(["verify", directory, "--trust", keyFile])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--trust: expected a PEM file with certificates"),
  });
});

test("a URL is verified, and --full reads every byte", async () => {
  const { directory, trust } = await ingested();
  const { url, requests } = await serveFolder(directory);
  expect(await adp(["verify", url, ...trust])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${url}: valid`),
  });
  expect(requests.filter((request) => request.startsWith("HEAD variant/"))).toHaveLength(2);
  expect(await adp(["verify", url, "--full", ...trust])).toMatchObject({ code: 0 });
  expect(requests.filter((request) => request.startsWith("GET variant/"))).toHaveLength(2);
  const capitals = `${url.replace("http", "HTTP")}none/`;
  expect((await adp(["verify", capitals, ...trust])).stdout).toContain(`${capitals}: NOT valid\n`);
  const wrong = await adp(["verify", "http://cdn.example/p/"]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("expected an https URL") });
});

test.skipIf(applePackages.length === 0)("Apple's packages are signed by Apple", async () => {
  const { folder, trust } = await openAccount();
  const apple = applePackages.find(({ name }) => name.includes("simpletodo-1.0.0")) ?? applePackages[0];
  if (!apple) return;
  const directory = join(folder, "apple");
  mkdirSync(directory);
  writeFileSync(join(directory, "manifest.json"), apple.manifest);
  writeFileSync(join(directory, "signature"), apple.signature);
  const { code, stdout } = await adp(["verify", directory]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/NOT valid\nSigned by Apple on \d{4}-\d\d-\d\d\nmissing {2}variant/);
  expect(stdout.match(/^missing/gm)).toHaveLength(parseManifest(apple.manifest).assets.length);
  expect((await adp(["verify", directory, ...trust])).stdout).toContain("signature invalid (root)");
});
