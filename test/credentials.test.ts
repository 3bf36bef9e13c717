import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { credentialsFromEnv } from "../src/credentials.js";
import { createClient } from "../src/index.js";
import { failure } from "./support/client.js";
import { newKey } from "./support/keys.js";

const { privateKey } = newKey();
let folder: string;
const file = async (name: string, content: unknown) => {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("credentialsFromEnv", () => {
  test("reads fastlane's variables", async () => {
    const env = {
      APP_STORE_CONNECT_API_KEY_KEY_ID: "K1",
      APP_STORE_CONNECT_API_KEY_ISSUER_ID: "I1\n",
      APP_STORE_CONNECT_API_KEY_KEY: privateKey.replaceAll("\n", "\\n"),
    };
    const credentials = await credentialsFromEnv(env);
    expect(credentials).toMatchObject({ keyId: "K1", issuerId: "I1" });
    expect(() => createClient(credentials)).not.toThrow();
  });

  test("reads the key from a file, and an individual key without issuer", async () => {
    const env = {
      APP_STORE_CONNECT_API_KEY_KEY_ID: "K1",
      APP_STORE_CONNECT_API_KEY_ISSUER_ID: "",
      APP_STORE_CONNECT_API_KEY_KEY_FILEPATH: await file("any.p8", privateKey),
    };
    expect(await credentialsFromEnv(env)).toEqual({ keyId: "K1", privateKey });
  });

  test("reads a JSON key file", async () => {
    const path = await file("key.json", {
      key_id: "K2",
      issuer_id: "I2",
      key: privateKey,
      duration: 900,
      in_house: false,
    });
    const read = { keyId: "K2", issuerId: "I2", privateKey: privateKey.trim(), tokenLifetime: 900 };
    expect(await credentialsFromEnv({ APP_STORE_CONNECT_API_KEY_PATH: path })).toEqual(read);
    const other = { APP_STORE_CONNECT_API_KEY_PATH: path, APP_STORE_CONNECT_API_KEY_KEY_ID: "K3" };
    expect(await credentialsFromEnv(other)).toEqual({ ...read, keyId: "K3" });
  });

  test("reads a JSON key file that names the key's file", async () => {
    const key_filepath = await file("AuthKey_K4.p8", privateKey);
    const path = await file("key4.json", { key_id: "K4", key_filepath });
    expect(await credentialsFromEnv({ APP_STORE_CONNECT_API_KEY_PATH: path })).toEqual({
      keyId: "K4",
      privateKey,
    });
  });

  test("reads a bare .p8, its id from the file's name", async () => {
    const path = await file("AuthKey_K5.p8", privateKey);
    expect(await credentialsFromEnv({ APP_STORE_CONNECT_API_KEY_PATH: path })).toEqual({
      keyId: "K5",
      privateKey,
    });
  });

  test("says what is missing", async () => {
    expect(String(await failure(credentialsFromEnv({})))).toBe(
      "Error: no API key: set APP_STORE_CONNECT_API_KEY_KEY_ID, or APP_STORE_CONNECT_API_KEY_PATH to a key file",
    );
    const half = { APP_STORE_CONNECT_API_KEY_KEY_ID: "K" };
    expect(String(await failure(credentialsFromEnv(half)))).toContain(
      "APP_STORE_CONNECT_API_KEY_KEY_FILEPATH",
    );
    const path = await file("empty.json", { key_id: "K" });
    expect(String(await failure(credentialsFromEnv({ APP_STORE_CONNECT_API_KEY_PATH: path })))).toContain(
      `(${path} has no key)`,
    );
  });

  test("names the variable whose file cannot be read", async () => {
    const env = { APP_STORE_CONNECT_API_KEY_PATH: join(folder, "none.json") };
    expect(String(await failure(credentialsFromEnv(env)))).toBe(
      `Error: APP_STORE_CONNECT_API_KEY_PATH: cannot read the file ${join(folder, "none.json")}`,
    );
  });
});
