import { generateKeyPairSync } from "node:crypto";
import { expect, test, vi } from "vitest";
import { createInstallTokens, type InstallTokenRequest } from "../../src/install/index.js";
import { failure } from "../support/client.js";
import { openJws } from "../support/device/token.js";
import { newKey } from "../support/keys.js";
import { issuer, key, keyId, now, privateKey, publicKey, tokens } from "./support.js";

const request: InstallTokenRequest = { bundleId: "org.example.notes", kind: "download" };
const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const required = {
  iss: issuer,
  iat: 1_798_000_000,
  exp: 1_798_000_600,
  aud: "AppleDownloadVerification-v1",
  bid: "org.example.notes",
  dtype: "download",
  nonce: uuid,
};

test("a token has Apple's header and claims, and node:crypto verifies it", async () => {
  const { header, claims } = openJws(await tokens.sign(request), publicKey);
  expect(header).toStrictEqual({ alg: "ES256", kid: keyId, typ: "JWT" });
  expect(claims).toStrictEqual(required);
});

test("every option gets into the claims", async () => {
  const given = { appId: "6700000042", appVersionId: "880000123", lifetime: 1200, nonce: "N", country: "MT" };
  const token = await tokens.sign({ ...request, kind: "redownload", ...given });
  expect(openJws(token, publicKey).claims).toStrictEqual({
    ...required,
    exp: 1_798_001_200,
    dtype: "redownload",
    nonce: "N",
    iid: "6700000042",
    vid: "880000123",
    ccode: "MT",
  });
  expect(token.length).toBeLessThan(500);
});

test("white space around the bundle id and the nonce does not get into the token", async () => {
  const token = await tokens.sign({ ...request, bundleId: " org.example.notes\n", nonce: " N\u200b\n" });
  expect(openJws(token, publicKey).claims).toMatchObject({ bid: "org.example.notes", nonce: "N" });
});

test("each token has another nonce, and the key is imported once", async () => {
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  const own = await createInstallTokens({ keyId, privateKey, issuer });
  const signed = await Promise.all(Array.from({ length: 20 }, () => own.sign(request)));
  const nonces = signed.map((token) => openJws(token, publicKey).claims.nonce);
  expect(new Set(nonces).size).toBe(20);
  expect(importKey).toHaveBeenCalledTimes(1);
  importKey.mockRestore();
});

test("times are the system's, in seconds", async () => {
  const own = await createInstallTokens({ keyId, privateKey, issuer });
  vi.spyOn(Date, "now").mockReturnValue(now);
  const token = await own.sign(request);
  vi.restoreAllMocks();
  expect(openJws(token, publicKey).claims).toMatchObject({ iat: required.iat, exp: required.exp });
});

const sec1 = key.export({ type: "sec1", format: "pem" }).toString();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

test.each([
  ["PKCS#8", privateKey],
  ["SEC1", sec1],
  ["SEC1 after its parameters, as openssl without -noout writes it", parameters + sec1],
  ["SEC1 with CRLF", sec1.replaceAll("\n", "\r\n")],
  ["SEC1 with literal \\n, in quotes", `"${sec1.replaceAll("\n", "\\n")}"`],
  ["SEC1 with spaces for line ends", sec1.replaceAll("\n", " ")],
  ["SEC1 wrapped in base64", base64(sec1)],
  ["SEC1 as the bare base64 body", sec1.split("\n").slice(1, -2).join("")],
  ["PKCS#8 wrapped in base64", base64(privateKey)],
])("a key as %s signs", async (_, text) => {
  const own = await createInstallTokens({ keyId, privateKey: text, issuer });
  openJws(await own.sign(request), publicKey);
});

const rsaForm = { type: "pkcs8", format: "pem" } as const;
const p384 = newKey("P-384");
const body = sec1.split("\n")[1] ?? "";

test.each([
  ["nothing", undefined],
  ["a path", "keys/private.pem"],
  ["an encrypted key", key.export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })],
  ["an RSA key", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(rsaForm)],
  ["a SEC1 key of another curve", p384.key.export({ type: "sec1", format: "pem" })],
  ["a PKCS#8 key of another curve", p384.privateKey],
  ["a SEC1 key that was cut", sec1.replace(body, body.slice(0, 40))],
  ["a SEC1 key with wrong bytes", sec1.replace(body.slice(20, 40), "*".repeat(20))],
  ["a public key", publicKey.export({ type: "spki", format: "pem" })],
])("%s is refused, and not shown", async (_, text) => {
  const error = await failure(createInstallTokens({ keyId, privateKey: text as string, issuer }));
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toMatch(/^TypeError: privateKey: expected the private half of the distribution key/);
  expect(String(error)).not.toContain(body.slice(0, 20));
});

test("the id of an API key is refused, with a hint", async () => {
  for (const wrong of ["2X9R4HXF34", "AuthKey_2X9R4HXF34", "AuthKey_2X9R4HXF34.p8"]) {
    const error = await failure(createInstallTokens({ keyId: wrong, privateKey, issuer }));
    expect(String(error)).toMatch(
      /^TypeError: keyId: .*alternativeDistributionKey.*looks like the id of an API key/,
    );
  }
  await expect(createInstallTokens({ keyId: "", privateKey, issuer })).rejects.toThrow(/^keyId: expected/);
  const swapped = await failure(createInstallTokens({ keyId: privateKey, privateKey: keyId, issuer }));
  expect(String(swapped)).toMatch(/^TypeError: keyId: .* got a longer text$/);
});

test("an object in place of an id is refused, and its content is not shown", async () => {
  // A key as a program may keep it. The cast stands for callers in JavaScript.
  const id = { privateKey: sec1 } as unknown as string;
  for (const wrong of [{ keyId: id }, { issuer: id }]) {
    const error = await failure(createInstallTokens({ keyId, privateKey, issuer, ...wrong }));
    expect(String(error)).toMatch(/^TypeError: \w+: expected .*, got object$/);
  }
});

test.each([[6700000001], ["org.example"], [""], [undefined]])("the issuer %j is refused", async (wrong) => {
  const options = { keyId, privateKey, issuer: wrong as string };
  await expect(createInstallTokens(options)).rejects.toThrow(/^issuer: expected .*digits, as a string, got/);
});

test.each([
  [{ bundleId: "" }, "bundleId"],
  [{ bundleId: "org.example notes" }, "bundleId"],
  [{ kind: "update" }, "kind"],
  [{ kind: undefined }, "kind"],
  [{ appId: 6700000042 }, "appId"],
  [{ appVersionId: "f1d2-uuid" }, "appVersionId"],
  [{ lifetime: 1201 }, "lifetime"],
  [{ lifetime: 0 }, "lifetime"],
  [{ lifetime: 1.5 }, "lifetime"],
  [{ nonce: "" }, "nonce"],
  [{ nonce: "a b" }, "nonce"],
  [{ country: "MLT" }, "country"],
  [{ country: ["MT"] }, "country"],
])("a request with %j is refused", async (wrong, name) => {
  const error = await failure(tokens.sign({ ...request, ...wrong } as InstallTokenRequest));
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toMatch(new RegExp(`^TypeError: ${name}: expected `));
});
