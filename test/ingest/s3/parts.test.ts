import { describe, expect, test } from "vitest";
import type { PackageAsset } from "../../../src/ingest/package/parse-manifest.js";
import { BufferPool } from "../../../src/ingest/s3/buffer-pool.js";
import { locationOf, readPlace } from "../../../src/ingest/s3/keys.js";
import { planParts } from "../../../src/ingest/s3/part-plan.js";
import { assetBody } from "../../../src/ingest/s3/request-body.js";
import { seededRandom } from "../../support/random.js";
import { MIB, testAsset } from "./support/asset.js";

describe("the parts of an asset", () => {
  test.for([
    ["chunks of 10 MiB: a part each", 512 * MIB, 10 * MIB, 10 * MIB, true],
    ["small chunks: several in a part", 100 * MIB, MIB, 5 * MIB, true],
    ["chunks of an odd size", 100 * MIB, 11 * MIB + 1, 11 * MIB + 1, true],
    ["one digest for the whole file", 100 * MIB, 100 * MIB, 5 * MIB, false],
    ["chunks too large for the memory", 100 * MIB, 17 * MIB + 3, 5 * MIB, false],
    ["a file of 200 GiB: 10,000 parts at most", 200 * 1024 * MIB, 10 * MIB, 30 * MIB, true],
  ] as const)("%s", ([, bytes, chunkSize, partBytes, isChecked]) => {
    const plan = planParts({ bytes, chunkSize });
    expect(plan).toEqual({ partBytes, isChecked, parts: Math.ceil(bytes / partBytes) });
    expect(plan.parts).toBeLessThanOrEqual(10_000);
  });
});

test("a body of an asset has the manifest's digest only if that is the SHA-256 of exactly these bytes", () => {
  const { asset, content } = testAsset(250, 100);
  const digestOf = (start: number, end: number, of: Partial<PackageAsset> = {}) =>
    assetBody({ ...asset, ...of }, { start, end }, content.subarray(start, end)).sha256;
  expect([digestOf(0, 100), digestOf(100, 200), digestOf(200, 250)]).toEqual(asset.digests);
  expect([digestOf(0, 200), digestOf(0, 99), digestOf(50, 100), digestOf(0, 250)]).toEqual(
    Array(4).fill(undefined),
  );
  expect(digestOf(0, 100, { algorithm: "sha384" })).toBeUndefined();
  expect(digestOf(0, 250, { chunkSize: 1000, digests: ["ab"] })).toBe("ab");
});

/** Lets everything run that only waits for promises. */
const flush = () => new Promise((resolve) => setImmediate(resolve));

describe("the memory for parts", () => {
  test("is limited, and used again", async () => {
    const pool = new BufferPool(10);
    const one = await pool.take(5);
    const two = await pool.take(5);
    let isTaken = false;
    const waiting = pool.take(5).then((buffer) => {
      isTaken = true;
      return buffer;
    });
    await Promise.resolve();
    expect(isTaken).toBe(false);
    one.release();
    one.release();
    expect((await waiting).bytes).toEqual(one.bytes);
    expect((await waiting).bytes.byteOffset).toBe(one.bytes.byteOffset);
    two.release();
  });

  test("is one block, of which no byte is in two buffers, whatever their sizes", async () => {
    const random = seededRandom(1);
    const pool = new BufferPool(1_000);
    const buffers: { readonly bytes: Buffer; readonly value: number; readonly release: () => void }[] = [];
    const blocks = new Set<ArrayBufferLike>();
    for (let value = 0; value < 2_000; value++) {
      const size = 1 + Math.floor(random() * 400);
      const buffer = pool.take(size);
      // Gives back random ones until there is room.
      let isTaken = false;
      buffer.then(() => {
        isTaken = true;
      });
      for (await flush(); !isTaken; await flush()) {
        const [given] = buffers.splice(Math.floor(random() * buffers.length), 1);
        expect(given?.bytes.every((byte) => byte === (given.value & 0xff))).toBe(true);
        given?.release();
      }
      const { bytes, release } = await buffer;
      expect(bytes).toHaveLength(size);
      blocks.add(bytes.buffer);
      buffers.push({ bytes: bytes.fill(value), value, release });
      expect(buffers.reduce((sum, other) => sum + other.bytes.length, 0)).toBeLessThanOrEqual(1_000);
    }
    expect(blocks.size).toBe(1);
  });

  test("is given for one buffer that is larger than the limit", async () => {
    const pool = new BufferPool(10);
    const large = await pool.take(50);
    const waiting = pool.take(1);
    large.release();
    expect((await waiting).bytes).toHaveLength(1);
  });

  test("is not waited for after an abort", async () => {
    const pool = new BufferPool(10);
    await pool.take(10);
    const stop = new AbortController();
    const waiting = pool.take(1, stop.signal);
    stop.abort(new Error("mine"));
    await expect(waiting).rejects.toThrow("mine");
    await expect(pool.take(1, stop.signal)).rejects.toThrow("mine");
  });

  test("is not waited for after an abort between the release of a buffer and the next wait", async () => {
    const pool = new BufferPool(10);
    const first = await pool.take(10);
    const second = pool.take(5);
    const stop = new AbortController();
    const waiting = pool.take(8, stop.signal);
    first.release();
    stop.abort(new Error("mine"));
    await expect(waiting).rejects.toThrow("mine");
    expect((await second).bytes).toHaveLength(5);
  });
});

describe("a place in a bucket", () => {
  test("has a prefix that ends in a slash, so that 1 does not see 10", () => {
    expect(readPlace("b", "packages/1")).toEqual({ bucket: "b", prefix: "packages/1/" });
    expect(readPlace("b", "packages/1/")).toEqual({ bucket: "b", prefix: "packages/1/" });
    expect(locationOf(readPlace("b", "packages/1"))).toBe("s3://b/packages/1/");
    expect(locationOf(readPlace("b", ""))).toBe("s3://b/");
  });

  test.for([
    ["", "p", "bucket: expected the name of a bucket"],
    ["a/b", "p", 'bucket: expected the name of a bucket, got "a/b"'],
    ["b", undefined, "prefix: expected a string, got undefined"],
    ["b", "/p", 'prefix: expected a prefix like packages/1234/, got "/p"'],
    ["b", "p//q", "prefix: expected"],
    ["b", "p/../q", "prefix: expected"],
    ["b", "p\n", "prefix: expected"],
  ] as const)("refuses %j and %j", ([bucket, prefix, message]) => {
    expect(() => readPlace(bucket, prefix)).toThrow(TypeError);
    expect(() => readPlace(bucket, prefix)).toThrow(message);
  });
});
