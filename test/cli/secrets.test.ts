import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createSandbox } from "../../src/sandbox/index.js";
import { openAccount, writeKeyFile } from "./support/account.js";
import { adp, type Ended } from "./support/adp.js";
import { skipWaits } from "./support/waits.js";

const NAME = "APP_STORE_CONNECT_API_KEY_";
const SECRET = /accessKey=|eyJ[\w-]+\.|alternativeDistributionKeyBlob|keyBlob|PRIVATE KEY/;

/** The lines of a PEM between the first and the last. */
const keyLines = (privateKey: string) => privateKey.split("\n").filter((line) => /^[\w+/=]{8,}$/.test(line));

test("no key, token, signed URL or key blob is printed, also with errors", async () => {
  skipWaits();
  const { sandbox, url, folder, flags, trust } = await openAccount();
  const { id } = sandbox.addAppStoreVersion({ variants: 2, deltas: 1 });
  const { variantIds } = sandbox.publishVersion(id);
  const given = ["--app-store-version-id", id, ...flags];
  const ingest = ["ingest", join(folder, "package"), ...trust, ...given];
  const foreign = createSandbox({ seed: "other" }).credentials;
  const other = writeKeyFile(join(folder, "other.json"), foreign);
  const runs: Ended[] = [];
  for (const command of ["status", "versions", "variants", "deltas"]) {
    runs.push(await adp([command, "--json", ...given]));
  }
  sandbox.faults.add({ on: "cdn", path: String(variantIds[0]), corrupt: true, times: 5 });
  runs.push(await adp([...ingest, "--json"]), await adp([...ingest, "--json"]), await adp(ingest));
  runs.push(await adp(["variants", ...given]));
  runs.push(await adp(["status", "--package-id", "1", "--base-url", url, "--key-file", other, "--json"]));
  sandbox.faults.add({
    operation: "alternativeDistributionPackages_getInstance",
    status: 200,
    body: "<html>",
  });
  runs.push(await adp(["status", ...given, "--json"]));

  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 3, 0, 0, 0, 4, 1]);
  const keys = [sandbox.credentials, foreign].flatMap(({ privateKey }) => keyLines(privateKey));
  expect(keys.length).toBeGreaterThan(3);
  for (const { stdout, stderr } of runs) {
    expect(stdout + stderr).not.toMatch(SECRET);
    for (const line of keys) expect(stdout + stderr).not.toContain(line);
  }
});

test("--secrets gives programs the signed URLs and key blobs", async () => {
  const { sandbox, flags } = await openAccount();
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const { stdout } = await adp(["variants", "--version-id", versionId, "--json", "--secrets", ...flags]);
  const [{ attributes }] = JSON.parse(stdout).data;
  expect((await fetch(attributes.url)).status).toBe(200);
  expect(attributes.alternativeDistributionKeyBlob).toMatch(/^[\w+/=]+$/);
});

test("a key in a wrong place on the command line is refused and not shown", async () => {
  const { privateKey } = createSandbox({ seed: 1 }).credentials;
  const [firstLine = ""] = keyLines(privateKey);
  const body = keyLines(privateKey).join("");
  const status = ["status", "--package-id", "1"];
  const attempts = [
    [...status, "--key-file", privateKey],
    [...status, "--key-file", body],
    [...status, "--key-file", Buffer.from(privateKey).toString("base64")],
    [...status, `--key=${privateKey}`],
    [...status, "--private-key", privateKey],
    [privateKey],
    [body],
  ];
  for (const args of attempts) {
    const { code, stdout, stderr } = await adp([...args, "--json"]);
    expect(code).toBe(2);
    // The start of the line is the same in all keys of this kind.
    for (const secret of [firstLine.slice(48), body.slice(64, 128)]) {
      expect(stdout + stderr).not.toContain(secret);
    }
  }
});

test("a token in the place of an id is not shown by the advice about that id", async () => {
  const { flags } = await openAccount();
  const token = `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(86)}`;
  const { code, stderr } = await adp(["create", "--app-store-version-id", token, ...flags]);
  expect({ code, isAdvised: stderr.includes("looks like a bundle id") }).toEqual({
    code: 1,
    isAdvised: true,
  });
  expect(stderr).not.toContain(token);
});

test("the key comes from flags, variables or both", async () => {
  const { sandbox, url, folder, keyFile } = await openAccount();
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const { keyId, issuerId, privateKey } = sandbox.credentials;
  const p8 = join(folder, `AuthKey_${keyId}.p8`);
  const unnamed = join(folder, "key.p8");
  const secret = join(folder, "asc_key");
  for (const path of [p8, unnamed, secret]) writeFileSync(path, privateKey);
  const ids = { [`${NAME}KEY_ID`]: keyId, [`${NAME}ISSUER_ID`]: issuerId };
  const wrong = {
    [`${NAME}KEY_ID`]: "WRONG",
    [`${NAME}ISSUER_ID`]: "wrong",
    [`${NAME}KEY`]: createSandbox({ seed: "other" }).credentials.privateKey,
  };
  const ways: [string[], Record<string, string>][] = [
    [["--key-id", keyId, "--issuer-id", issuerId, "--key-file", unnamed], {}],
    [["--issuer-id", issuerId, "--key-file", p8], {}],
    [["--key-file", unnamed], ids],
    [["--key-file", secret], ids],
    [["--key-file", `"${secret}"`], ids],
    [["--key-file", "~/asc_key"], { ...ids, HOME: folder }],
    [["--key-file", keyFile], {}],
    [[], { [`${NAME}PATH`]: keyFile }],
    [[], { ...ids, [`${NAME}KEY`]: privateKey.replaceAll("\n", "\\n") }],
    [[], { ...ids, [`${NAME}KEY_FILEPATH`]: unnamed }],
    [["--key-id", keyId, "--issuer-id", issuerId, "--key-file", unnamed], wrong],
    [["--key-file", keyFile], wrong],
  ];
  for (const [flags, env] of ways) {
    const run = await adp(["status", "--package-id", packageId, "--base-url", url, ...flags], env);
    expect(run, JSON.stringify(flags)).toMatchObject({ code: 0, stderr: "" });
  }
});

test("ADP_TRUST is a path, also below ~/ and in quotes, or the certificates", async () => {
  const { sandbox, folder, flags, trust } = await openAccount();
  const { versionId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const directory = join(folder, "package");
  await adp(["ingest", directory, "--version-id", versionId, ...flags, ...trust]);
  const HOME = dirname(String(trust[1]));
  for (const ADP_TRUST of ["'~/root.pem'\n", sandbox.trust.replaceAll("\n", "\\n")]) {
    expect(await adp(["verify", directory], { HOME, ADP_TRUST })).toMatchObject({ code: 0 });
  }
  const missing = await adp(["verify", directory], { HOME, ADP_TRUST: "~/none.pem" });
  expect(missing).toMatchObject({
    code: 2,
    stderr: `error: ADP_TRUST: cannot read the file ${HOME}/none.pem\n`,
  });
});

test("the API's URL comes from --base-url, or from ADP_BASE_URL", async () => {
  const { sandbox, url, keyFile } = await openAccount();
  const { packageId } = sandbox.publishVersion(sandbox.addAppStoreVersion().id);
  const status = ["status", "--package-id", packageId, "--key-file", keyFile];
  expect(await adp(status, { ADP_BASE_URL: ` "${url}"\n` })).toMatchObject({ code: 0, stderr: "" });
  const wrong = "http://127.0.0.1:1";
  expect(await adp([...status, "--base-url", url], { ADP_BASE_URL: wrong })).toMatchObject({ code: 0 });
  for (const value of ["127.0.0.1:8080", "https://user:password@api.example", "ftp://api.example"]) {
    const { code, stderr } = await adp(status, { ADP_BASE_URL: value });
    expect(code).toBe(2);
    expect(stderr).toContain("ADP_BASE_URL: expected an http(s) URL without user");
    expect(stderr).not.toContain("password@");
  }
});
