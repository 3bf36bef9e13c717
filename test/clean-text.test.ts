import { describe, expect, test } from "vitest";
import { cleanId, cleanText, looksLikeKey } from "../src/clean-text.js";
import { createClient } from "../src/index.js";
import { newKey } from "./support/keys.js";

test.each([
  ['"K1"', "K1"],
  ["'K1'\r\n", "K1"],
  [" “K1”\u00a0", "K1"],
  ["\uFEFFK1\u200B", "K1"],
  ["K1\u0000", "K1"],
  ["  \n", ""],
  ["a b", "a b"],
])("cleanText removes what is around %j", (text, clean) => {
  expect(cleanText(text)).toBe(clean);
});

test.each([
  ["2X9R4HXF34", "2X9R4HXF34"],
  [" 57246542-96fe-1a63-e053-0824d011072a\n", "57246542-96fe-1a63-e053-0824d011072a"],
  ["2X9R\u200B4HXF34", "2X9R4HXF34"],
  ['"2X9R4HXF34\\n"', "2X9R4HXF34"],
  ["a b", undefined],
  ["", undefined],
  ["ключ", undefined],
])("cleanId of %j is %j", (text, id) => {
  expect(cleanId(text)).toBe(id);
});

test("a key in the wrong place is recognized, and a path is not mistaken for a key", () => {
  const { privateKey } = newKey();
  const base64 = Buffer.from(privateKey).toString("base64");
  expect([privateKey, `"${privateKey}"`, base64].map(looksLikeKey)).toEqual([true, true, true]);
  expect(["keys/AuthKey_1.p8\n", "~/a b/key", ""].map(looksLikeKey)).toEqual([false, false, false]);
});

describe("createClient", () => {
  const { privateKey } = newKey();

  test("sends ids without quotes, white space and invisible characters", async () => {
    let token = "";
    const client = createClient({
      keyId: ' "K\u200B1"\n',
      issuerId: "'I1'\uFEFF",
      privateKey,
      fetch: async (_, init) => {
        token = String(new Headers(init.headers).get("authorization"));
        return new Response('{"data":{"type":"t","id":"1"},"links":{"self":""}}');
      },
    });
    await client.versions.get("1");
    const [header = "", claims = ""] = token.split(" ")[1]?.split(".") ?? [];
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect([read(header).kid, read(claims).iss]).toEqual(["K1", "I1"]);
  });

  test.each([
    [{ keyId: "K 1" }, "keyId: expected the API key's id, got a text with characters that no id has"],
    [{ keyId: '""' }, "keyId: expected the API key's id, got a blank string"],
    [{ issuerId: "I\n1" }, "issuerId: expected the issuer's id, or nothing for an individual key, got"],
    [{ keyId: privateKey }, "keyId: expected the API key's id, got what looks like a private key"],
  ])("refuses other ids: %#", (wrong, message) => {
    expect(() => createClient({ keyId: "K1", privateKey, ...wrong })).toThrow(message);
  });
});
