import { createPrivateKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readPrivateKey } from "../src/private-key.js";
import { failure } from "./support/client.js";
import { newKey } from "./support/keys.js";

const { privateKey: pem, key } = newKey();
const base64 = (text: string) => Buffer.from(text).toString("base64");
const body = pem.split("\n").slice(1, -2).join("");
const encrypted = (type: "pkcs8" | "sec1") =>
  key.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "example" }).toString();

describe("readPrivateKey", () => {
  test.each([
    ["as Apple gives it", pem],
    ["without a last line end", pem.trim()],
    ["with CRLF", pem.replaceAll("\n", "\r\n")],
    ["with literal \\n", pem.replaceAll("\n", "\\n")],
    ["with literal \\r\\n", pem.replaceAll("\n", "\\r\\n")],
    ["with spaces for line ends", pem.replaceAll("\n", " ")],
    ["with spaces around it", `  \n${pem}\n  `],
    ["in double quotes", `"${pem.replaceAll("\n", "\\n")}"`],
    ["in single quotes", `'${pem}'`],
    ["with a byte order mark", `\uFEFF${pem}`],
    ["wrapped in base64", base64(pem)],
    ["wrapped in base64 with line ends", base64(pem).replace(/.{60}/g, "$&\n")],
    ["wrapped in base64url", Buffer.from(pem).toString("base64url")],
    ["wrapped in base64 after literal \\n", base64(pem.replaceAll("\n", "\\n"))],
    ["with twice escaped line ends", pem.replaceAll("\n", "\\\\n")],
    ["in UTF-16, wrapped in base64", Buffer.from(`\uFEFF${pem}`, "utf16le").toString("base64")],
    ["as the bare base64 body", body],
  ])("accepts the text %s", (_, text) => {
    expect(
      createPrivateKey({ key: Buffer.from(readPrivateKey(text)), format: "der", type: "pkcs8" }).equals(key),
    ).toBe(true);
  });

  const secret = body.slice(70, 110);
  test.each([
    ["nothing", undefined, /got undefined$/],
    ["null", null, /got null$/],
    ["a Buffer", Buffer.from(pem), /got object$/],
    ["an empty text", " \n ", /got an empty text$/],
    ["a path", "keys/AuthKey_ABC.p8", /looks like a path; give the file's content$/],
    ["some words", `my secret ${secret}`, /got no complete PEM$/],
    ["a key of another curve", newKey("P-384").privateKey, /another kind or a damaged one$/],
    ["a truncated key", pem.slice(0, 100), /got no complete PEM$/],
    ["a damaged body", pem.replace(secret, "*".repeat(40)), /is not base64$/],
    ["a SEC1 key", key.export({ type: "sec1", format: "pem" }), /openssl pkcs8 -topk8 -nocrypt/],
    ["a public key", newKey().publicKey.export({ type: "spki", format: "pem" }), /got one that is public$/],
    ["an encrypted key", encrypted("pkcs8"), /got one that is encrypted$/],
    ["an encrypted SEC1 key", encrypted("sec1"), /got one that is encrypted$/],
    [
      "an encrypted key without line ends",
      encrypted("pkcs8").replaceAll("\n", "\\n"),
      /got one that is encrypted$/,
    ],
  ])("refuses %s, showing none of it", async (_, text, message) => {
    const error = await failure((async () => readPrivateKey(text))());
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(message);
    expect(String(error)).toMatch(/^TypeError: privateKey: expected the text of the \.p8 file/);
    expect(String(error)).not.toContain(secret);
  });
});
