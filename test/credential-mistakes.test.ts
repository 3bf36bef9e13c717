/** Values as editors, shells and secret stores leave them, and what is said of those that cannot be used. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { credentialsFromEnv } from "../src/credentials.js";
import { createClient } from "../src/index.js";
import { failure } from "./support/client.js";
import { newKey } from "./support/keys.js";

const { privateKey } = newKey();
const folder = mkdtempSync(join(tmpdir(), "credential-mistakes-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const file = (content: string | Uint8Array, name = `file-${files++}`) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const read = (variables: Record<string, string>) =>
  credentialsFromEnv(
    Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [
        name === "HOME" ? name : `APP_STORE_CONNECT_API_KEY_${name}`,
        value,
      ]),
    ),
  );
const refusal = async (variables: Record<string, string>) => {
  const error = await failure(read(variables));
  const secret = privateKey.split("\n")[1]?.slice(40) ?? "";
  expect(JSON.stringify([String(error), error instanceof Error && String(error.cause)])).not.toContain(
    secret,
  );
  return String(error);
};

const json = JSON.stringify({ key_id: "K1", issuer_id: "I1", key: privateKey }, null, 2);
const swap = (bytes: Buffer) => Buffer.from(bytes).swap16();
const utf16 = (text: string) => Buffer.from(text, "utf16le");

describe("values are read without what was added by mistake", () => {
  test.each([
    ['"K1"', "'I1'"],
    [" K1\r\n", "I1\u00a0"],
    ["\uFEFFK1", "I\u200B1\u2060"],
    ["“K1”", "I1\\n"],
  ])("ids %j and %j", async (KEY_ID, ISSUER_ID) => {
    expect(await read({ KEY_ID, ISSUER_ID, KEY: privateKey })).toMatchObject({ keyId: "K1", issuerId: "I1" });
  });

  test.each([
    ["with a byte order mark", `\uFEFF${json}`],
    ["in UTF-16 of both kinds of machine", utf16(`\uFEFF${json}`)],
    ["in big-endian UTF-16", swap(utf16(`\uFEFF${json}`))],
    ["in UTF-16 without a mark", utf16(json)],
    ["after a zero-width space", `\u200B${json}`],
    ["with quotes inside its texts", json.replace('"K1"', '" \\"K1\\" "')],
  ])("a JSON key file %s", async (_, content) => {
    const credentials = await read({ PATH: file(content) });
    expect(credentials).toMatchObject({ keyId: "K1", issuerId: "I1" });
    createClient(credentials);
  });

  test.each([
    ["with a byte order mark", `\uFEFF${privateKey}`],
    ["in UTF-16", utf16(`\uFEFF${privateKey}`)],
    ["in big-endian UTF-16 without a mark", swap(utf16(privateKey))],
    ["in quotes", `"${privateKey}"`],
    ["in base64", Buffer.from(privateKey).toString("base64")],
  ])("a bare key file %s, whatever its name", async (_, content) => {
    for (const variable of ["PATH", "KEY_FILEPATH"]) {
      const credentials = await read({ KEY_ID: "K1", ISSUER_ID: "I1", [variable]: file(content) });
      expect(credentials).toMatchObject({ keyId: "K1", issuerId: "I1" });
      createClient(credentials);
    }
  });

  test("paths in quotes and below ~/, also in a JSON key file", async () => {
    mkdirSync(join(folder, "keys"), { recursive: true });
    file(privateKey, "keys/a.p8");
    file(JSON.stringify({ key_id: "K2", key_filepath: "~/keys/a.p8" }), "key.json");
    expect(await read({ HOME: folder, PATH: '"~/key.json"\n' })).toMatchObject({ keyId: "K2" });
    const key = { KEY_ID: "K1", KEY_FILEPATH: " ~/keys/a.p8" };
    expect(await read({ HOME: folder, ...key })).toMatchObject({ keyId: "K1" });
  });

  test("the lifetime of a token, from the variable or the file", async () => {
    const path = file(JSON.stringify({ key_id: "K", key: privateKey, duration: "600" }));
    expect(await read({ PATH: path })).toMatchObject({ tokenLifetime: 600 });
    expect(await read({ PATH: path, DURATION: ' "900"' })).toMatchObject({ tokenLifetime: 900 });
  });
});

describe("a mistake is named, with its variable or file, without its secret", () => {
  const lines = json.split("\n");

  test.each([
    ["truncated", lines.slice(0, 3).join("\n"), "(line 3)"],
    ["with a trailing comma", json.replace('"\n}', '",\n}'), "(line 4): trailing comma"],
    ["with a comma missing", json.replace('"K1",', '"K1"'), "(line 3)"],
    ["with single quotes", json.replaceAll('"', "'"), "(line 2)"],
    ["with the key on several lines", json.replace(/\\n/g, "\n"), "(line 4)"],
  ])("a JSON key file %s", async (_, content, place) => {
    const path = file(content, "broken");
    expect(await refusal({ PATH: path })).toBe(`Error: ${path} is not valid JSON ${place}`);
  });

  const path = file(privateKey, "right.p8");
  const wrong = file('{ "key_id": 7, "key": "" }', "wrong.json");
  const none = file("", "none.p8");
  const words = file("my key", "words.p8");
  const list = file("[]", "list.json");
  const key = { KEY_ID: "K1", KEY: privateKey };
  const name = "APP_STORE_CONNECT_API_KEY_";
  test.each<[Record<string, string>, string]>([
    [{ PATH: wrong }, `key_id in ${wrong}: expected a text, got number`],
    [{ PATH: list }, `${list} is JSON, but no object with key_id, issuer_id and key`],
    [{ PATH: none }, `${name}PATH: the file ${none} is empty`],
    [{ KEY_ID: "K1", PATH: words }, `${words}: expected the text of the .p8 file`],
    [{ KEY_ID: "K1", KEY_FILEPATH: list.replace("list", "wrong") }, "is a JSON key file: set"],
    [{ KEY_ID: "K1", KEY_FILEPATH: privateKey }, `${name}KEY_FILEPATH: expected a path, got what looks like`],
    [{ PATH: privateKey }, `${name}PATH: expected a path, got what looks like the key itself`],
    [{ PATH: folder }, `${name}PATH: cannot read the file ${folder} (it is a folder)`],
    [{ KEY_ID: "K1", KEY: path }, `${name}KEY: expected the text of the .p8 file`],
    [{ ...key, KEY_ID: privateKey }, `${name}KEY_ID: expected an id, got what looks like a private key`],
    [{ ...key, ISSUER_ID: "I 1" }, `${name}ISSUER_ID: expected an id, got a text with`],
    [{ ...key, DURATION: "1201" }, `${name}DURATION: expected a whole number from 1 to 1200 (s), got 1201`],
    [{ ...key, DURATION: "20m" }, `${name}DURATION: expected a whole number from 1 to 1200 (s), got "20m"`],
    [{ ...key, DURATION: privateKey }, "(s), got a longer text"],
  ])("%#", async (variables, message) => {
    expect(await refusal(variables)).toContain(message);
  });
});
