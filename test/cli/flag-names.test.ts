/** Errors name the flag or argument that was typed, also where the library's option has another name. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAccount } from "./support/account.js";
import { adp } from "./support/adp.js";

/** An account, and the variables that connect the command to it. */
async function connected() {
  const account = await openAccount();
  return { ...account, env: { ADP_BASE_URL: account.url, APP_STORE_CONNECT_API_KEY_PATH: account.keyFile } };
}

const status = ["status", "--package-id", "1"];
const ingest = ["ingest", "p", "--package-id", "1"];

test.each([
  [["ingest", "/", "--package-id", "1"], "<directory>: expected a folder that is not the root"],
  [["remove", "/"], "<directory>: expected a folder that is not the root"],
  [["remove", "https://example.com/p"], "<directory>: expected a path or s3:"],
  [["verify", "http://example.com/p"], "<directory>: expected an https URL"],
  [[...ingest, "--key-blob-file", "http://example.com/p"], "--key-blob-file: expected a path or s3:"],
  [[...ingest, "--reuse", "http://example.com/p"], "--reuse: expected a path or s3:"],
  [[...status, "--base-url", "apple"], "--base-url: expected an http(s) URL"],
  [[...status, "--key-id", "a b"], "--key-id: expected an id"],
  [[...status, "--issuer-id", "ü"], "--issuer-id: expected an id"],
  [["status", "--package-id", ".."], "'--package-id <id>' argument '..' is invalid. Expected an id"],
  [["webhooks", "delete", ".."], "'..' is invalid for argument 'webhook-id'. Expected an id"],
  [["webhooks", "ping", "a b"], "'a b' is invalid for argument 'webhook-id'. Expected an id"],
  [["webhooks", "deliveries", "1", "--since", "99999999999999d"], "Expected a date such as"],
  [["webhooks", "deliveries", "1", "--since", "5"], "Expected a date such as"],
  [["webhooks", "replay", "http://a:secret@b/", "--webhook-id", "1"], "<url>: expected a URL without user"],
  [["sandbox", "trigger", "AppUnavailable", "--url", "http://a:secret@b/"], "--url: expected a URL without"],
])("%j", async (args, message) => {
  const { env } = await connected();
  const { code, stdout, stderr } = await adp(args, env);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`${message}`);
  expect(stderr).not.toContain("secret@");
});

test("a file with wrong content: its flag, or the variable", async () => {
  const { folder, env } = await connected();
  const file = join(folder, "file.pem");
  writeFileSync(file, "-----BEGIN CERTIFICATE-----");
  const args = ["ingest", join(folder, "new/package"), "--version-id", "1"];
  const expected = "expected one or more certificates in PEM";
  expect((await adp([...args, "--trust", file], env)).stderr).toContain(`error: --trust: ${expected}`);
  const { stderr } = await adp(args, { ...env, ADP_TRUST: file });
  expect(stderr).toContain(`error: ADP_TRUST: ${expected}`);
  // It also leaves no folder behind.
  expect(readdirSync(folder).sort()).toEqual(["file.pem", "key.json"]);
  const blobs = ["--key-blob-file", join(folder, "package/blobs.json")];
  const inside = await adp(["ingest", join(folder, "package"), "--version-id", "1", ...blobs], env);
  expect(inside.stderr).toContain("error: --key-blob-file: expected a path outside");
  writeFileSync(file, "");
  const create = await adp(["keys", "create", "--public-key", file, "--json"], env);
  expect(create.code).toBe(2);
  expect(JSON.parse(create.stdout).error.message).toBe(
    "--public-key: expected a public key, PEM, got an empty string",
  );
});

test.each([
  ["status", "--package-id", "1", "--issuer-id", ""],
  ["status", "--package-id", "1", "--key-file", " "],
  ["create", "--bundle-id", "com.example.app", "--app-version", ""],
  ["ingest", "p", "--package-id", "1", "--trust", ""],
  ["altstore", "p", "--url", ""],
  ["verify", ""],
  ["remove", " "],
])("a blank value is wrong usage: %j", async (...args) => {
  const { env } = await connected();
  const { code, stderr } = await adp(args, env);
  const name = args.length > 2 ? args.at(-2) : "<directory>";
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `error: ${name} is blank: is the variable for it set?\n(--help tells more)\n`,
  });
});

test("--json can come before the command", async () => {
  const { env } = await connected();
  const { code, stdout } = await adp(["--json", "keys"], env);
  expect({ code, document: JSON.parse(stdout) }).toEqual({ code: 0, document: { data: [] } });
  const alone = await adp(["--json"], env);
  expect(JSON.parse(alone.stdout).error).toMatchObject({ message: "no command is given", exitCode: 2 });
});
