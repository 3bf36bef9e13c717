import { OctetString } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { expect, test } from "vitest";
import { checkDer, parseDer } from "../../../../src/ingest/package/signature/der.js";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** An element around a body, with a length of four bytes if the body is long. */
function element(tag: number, body: Buffer): Buffer {
  if (body.length < 128) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const shortest = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.of(tag, 0x80 + shortest.length), shortest, body]);
}

test.each([
  ["an empty sequence", "30 00"],
  ["a number, a boolean and text", "30 0a 02 02 00 80 01 01 ff 0c 01 41"],
  ["a negative number", "02 01 ff"],
  ["an explicit tag", "a0 03 02 01 05"],
])("%s is DER", (_, hex) => {
  expect(() => checkDer(bytes(hex))).not.toThrow();
});

test.each([
  ["nothing", "", /ends within/],
  ["a tag alone", "30", /ends within/],
  ["an indefinite length", "30 80 02 01 01 00 00", /no definite length/],
  ["a length in a longer form", "30 81 03 02 01 01", /shortest form/],
  ["a length with a zero in front", `30 82 00 80 ${"05 00".repeat(64)}`, /shortest form/],
  ["a length of five bytes", "30 85 01 00 00 00 00", /longer than the file/],
  ["a length of 127 bytes", "30 ff", /longer than the file/],
  ["a length past the end", "30 05 02 01 01", /longer than the one around/],
  ["a length past the element around", "30 03 04 02 41 42", /longer than the one around/],
  ["bytes after the end", "30 00 00", /bytes follow/],
  ["two elements", "30 00 30 00", /bytes follow/],
  ["a long tag", "1f 81 01 00", /more than one byte/],
  ["a string of bytes in parts", "24 03 04 01 41", /cut into parts/],
  ["a sequence that is not constructed", "10 00", /cut into parts/],
  ["a number without bytes", "02 00", /shortest form/],
  ["a number with a zero in front", "02 02 00 01", /shortest form/],
  ["a negative number with FF in front", "02 02 ff 80", /shortest form/],
  ["a boolean of 01", "01 01 01", /neither 00 nor FF/],
  ["a boolean of two bytes", "01 02 ff ff", /neither 00 nor FF/],
])("%s is not DER", (_, hex, message) => {
  expect(() => checkDer(bytes(hex))).toThrow(
    expect.objectContaining({ reason: "malformed", message: expect.stringMatching(message) }),
  );
});

test("deep nesting and many elements are refused", () => {
  let nested: Buffer = Buffer.alloc(0);
  for (let depth = 0; depth < 10_000; depth++) nested = element(0x30, nested);
  expect(() => checkDer(nested)).toThrow(/nested more than 32/);
  expect(() => checkDer(element(0x30, Buffer.alloc(2_000_000, bytes("0500"))))).toThrow(
    /more than 5000 elements/,
  );
});

test("a value that is written in another way than it was read is refused", () => {
  expect(new Uint8Array(parseDer(bytes("04 02 41 42"), OctetString, "x").buffer)).toEqual(
    Uint8Array.of(0x41, 0x42),
  );
  expect(() => parseDer(bytes("04 02 41 42 00"), OctetString, "x")).toThrow(
    /other fields or another encoding/,
  );
  expect(() => parseDer(bytes("30 00"), Certificate, "x")).toThrow(/not in the expected form/);
});
