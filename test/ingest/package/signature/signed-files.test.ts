import bplistCreator from "bplist-creator";
import { expect, test } from "vitest";
import { readSignedFiles } from "../../../../src/ingest/package/signature/signed-files.js";
import { resourceList } from "../../../../src/sandbox/signing/resource-list.js";
import { seededRandom } from "../../../support/random.js";
import { thorough } from "../../../support/thorough.js";

const hash = Buffer.alloc(32, 7);

/** Not made by the library for the other lists, which takes minutes for long ones. */
function listOf(files: number): Buffer {
  const paths = Array.from({ length: files }, (_, index) => `variant/${index}.ipa`);
  return resourceList(Object.fromEntries(paths.map((path) => [path, hash])));
}

/** What a property list is made of: objects in bytes, and a trailer that may be wrong on purpose. */
interface RawList {
  objects: Buffer[];
  trailer?: { offsetSize?: number; referenceSize?: number; count?: bigint; top?: bigint; table?: bigint };
  offsets?: number[];
}

function rawList({ objects, trailer = {}, offsets }: RawList): Buffer {
  const header = Buffer.from("bplist00");
  let at = header.length;
  const table = Buffer.concat(
    objects.map((object, index) => {
      const entry = Buffer.alloc(4);
      entry.writeUInt32BE(offsets?.[index] ?? at);
      at += object.length;
      return entry;
    }),
  );
  const end = Buffer.alloc(32);
  end[6] = trailer.offsetSize ?? 4;
  end[7] = trailer.referenceSize ?? 1;
  end.writeBigUInt64BE(trailer.count ?? BigInt(objects.length), 8);
  end.writeBigUInt64BE(trailer.top ?? 0n, 16);
  end.writeBigUInt64BE(trailer.table ?? BigInt(at), 24);
  return Buffer.concat([header, ...objects, table, end]);
}

const ascii = (text: string) => Buffer.concat([Buffer.of(0x50 + text.length), Buffer.from(text)]);
const one = Buffer.of(0x10, 1);

/** Objects of `{ version: 1, resources: <object 4> }`. */
function topObjects(resources: Buffer, ...more: Buffer[]): Buffer[] {
  return [Buffer.of(0xd2, 1, 2, 3, 4), ascii("version"), ascii("resources"), one, resources, ...more];
}

test("the paths and hashes are read, and unknown fields are ignored", () => {
  const list = {
    version: 1,
    more: [true, 1.5, "text", new Date(0)],
    resources: {
      "manifest.json": { hash2: hash, hash3: Buffer.alloc(48), size: 5 },
      "variant/ü": { hash2: hash },
    },
  };
  const expected = new Map([
    ["manifest.json", hash.toString("hex")],
    ["variant/ü", hash.toString("hex")],
  ]);
  expect(readSignedFiles(bplistCreator(list))).toEqual(expected);
});

test("a list of 30,000 files is read, although the library's own limit is lower", () => {
  expect(readSignedFiles(listOf(30_000)).size).toBe(30_000);
});

test.each<[string, Buffer]>([
  ["nothing", Buffer.alloc(0)],
  ["a header alone", Buffer.from("bplist00")],
  ["XML", Buffer.from(`<?xml version="1.0"?><plist/>${" ".repeat(50)}`)],
  ["another version", bplistCreator({ version: 2, resources: {} })],
  ["no resources", bplistCreator({ version: 1 })],
  ["resources as a list", bplistCreator({ version: 1, resources: [] })],
  ["a list at the top", bplistCreator([1])],
  ["a file without a hash", bplistCreator({ version: 1, resources: { a: {} } })],
  ["a short hash", bplistCreator({ version: 1, resources: { a: { hash2: Buffer.alloc(20) } } })],
  ["a hash as text", bplistCreator({ version: 1, resources: { a: { hash2: "x".repeat(32) } } })],
  ["a list that is nested too deep", bplistCreator({ version: 1, resources: {}, more: [[[[1]]]] })],
  ["more objects than allowed", listOf(60_000)],
  ["no objects", rawList({ objects: [] })],
  ["a list that contains itself", rawList({ objects: [Buffer.of(0xa1, 0)] })],
  ["a number of 2^15 bytes", rawList({ objects: topObjects(Buffer.of(0x1f, 1)) })],
  ["a number of 32 bytes", rawList({ objects: topObjects(Buffer.of(0x15, ...Buffer.alloc(32))) })],
  ["data of 4 GB", rawList({ objects: topObjects(Buffer.of(0x4f, 0x12, 0xff, 0xff, 0xff, 0xff)) })],
  ["text of 2^56 bytes", rawList({ objects: topObjects(Buffer.of(0x5f, 0x13, ...Buffer.alloc(8, 1))) })],
  ["an array of 4 billion", rawList({ objects: topObjects(Buffer.of(0xaf, 0x12, 255, 255, 255, 255)) })],
  ["a dictionary of 4 billion", rawList({ objects: topObjects(Buffer.of(0xdf, 0x12, 255, 255, 255, 255)) })],
  ["a length that is text", rawList({ objects: topObjects(Buffer.of(0x4f, 0x51, 1)) })],
  ["a UID", rawList({ objects: topObjects(Buffer.of(0x80, 1)) })],
  ["a set", rawList({ objects: topObjects(Buffer.of(0xc1, 3)) })],
  ["a key that is a number", rawList({ objects: topObjects(Buffer.of(0xd1, 3, 3)) })],
  ["a key twice", rawList({ objects: topObjects(Buffer.of(0xd2, 1, 1, 3, 3)) })],
  [
    "a key twice in two encodings",
    rawList({ objects: topObjects(Buffer.of(0xd2, 5, 6, 3, 3), ascii("a"), Buffer.of(0x61, 0, 0x61)) }),
  ],
  ["a key __proto__", rawList({ objects: topObjects(Buffer.of(0xd1, 5, 3), ascii("__proto__")) })],
  ["a reference past the end", rawList({ objects: topObjects(Buffer.of(0xd1, 1, 99)) })],
  ["a top object past the end", rawList({ objects: [one], trailer: { top: 2n ** 63n } })],
  ["2^64 objects", rawList({ objects: [one], trailer: { count: 2n ** 64n - 1n } })],
  ["an offset table past the end", rawList({ objects: [one], trailer: { table: 2n ** 62n } })],
  ["an offset table in the trailer", rawList({ objects: [one], trailer: { table: 12n, count: 5n } })],
  ["an offset past the end", rawList({ objects: [one], offsets: [0xffffffff] })],
  ["an offset in the header", rawList({ objects: [one], offsets: [3] })],
  ["offsets of no bytes", rawList({ objects: [one], trailer: { offsetSize: 0 } })],
  ["references of 255 bytes", rawList({ objects: [one], trailer: { referenceSize: 255 } })],
])("%s is refused", (_, bytes) => {
  expect(() => readSignedFiles(bytes)).toThrow(expect.objectContaining({ reason: "malformed" }));
});

test("shared parts, which would grow without end when they are copied, are refused", () => {
  // Sixteen lists, each of which has the next one 15 times: 155 bytes that stand for 15^16 objects.
  const lists = Array.from({ length: 16 }, (_, index) =>
    Buffer.of(0xaf, 0x10, 5, ...Array(5).fill(index + 1)),
  );
  const bytes = rawList({ objects: [...lists, one] });
  expect(() => readSignedFiles(bytes)).toThrow(/nested more than 4|two places/);
  // Text of 60 kB that is used as 60,000 items.
  const text = Buffer.concat([Buffer.of(0x5f, 0x11, 0xea, 0x60), Buffer.alloc(60_000, "a")]);
  const items = Buffer.concat([Buffer.of(0xaf, 0x11, 0xea, 0x60), Buffer.alloc(60_000, 5)]);
  expect(() => readSignedFiles(rawList({ objects: topObjects(items, text) }))).toThrow(
    /same objects too often/,
  );
});

test("mutated lists give files or a refusal, nothing else", () => {
  const random = seededRandom(14);
  const valid = listOf(20);
  let refused = 0;
  const rounds = thorough ? 10_000 : 1000;
  for (let round = 0; round < rounds; round++) {
    const bytes = Buffer.from(valid);
    // Half of the changes are to the last bytes: the table of offsets and the trailer.
    const start = round % 2 ? bytes.length - 100 : 0;
    for (let change = 0; change <= round % 3; change++) {
      bytes[start + Math.floor(random() * (bytes.length - start))] = Math.floor(random() * 256);
    }
    try {
      readSignedFiles(bytes);
    } catch (error) {
      expect(error).toMatchObject({ name: "SignatureProblem", reason: "malformed" });
      refused += 1;
    }
  }
  expect(refused).toBeGreaterThan(rounds / 4);
});
