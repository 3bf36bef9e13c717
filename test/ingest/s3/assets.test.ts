import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { BufferPool } from "../../../src/ingest/s3/buffer-pool.js";
import { openAsset } from "../../../src/ingest/s3/open-asset.js";
import { VirtualClock } from "../../support/virtual-clock.js";
import { MIB, openContext, openTestAsset, testAsset } from "./support/asset.js";
import { TEST_SERVERS } from "./support/servers.js";

async function read(client: S3Client, Bucket: string, Key: string) {
  const object = await client.send(new GetObjectCommand({ Bucket, Key }));
  return { ...object, content: Buffer.from((await object.Body?.transformToByteArray()) ?? []) };
}

function corrupted(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe.for(TEST_SERVERS)("an asset in $name", ({ open }) => {
  // The smallest chunks that are parts of an upload.
  const CHUNK = 5 * MIB;
  const { asset, content } = testAsset(13 * MIB + 5, CHUNK);

  test("appears with its content, its headers and its fingerprint", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    for (const [bytes, chunkSize] of [
      [300_000, 300_000],
      [25 * MIB + 5, 10 * MIB],
      // One digest for a file of several parts.
      [12 * MIB, 12 * MIB],
      // Parts of several chunks, and chunks of which no equal parts are possible.
      [12 * MIB + 7, 900_001],
      [27 * MIB, 11 * MIB + 1],
    ] as const) {
      const { asset, content } = testAsset(bytes, chunkSize);
      const context = await openContext(s3, bucket);
      const { key, write, finish } = await openTestAsset(context, asset);
      await write(content);
      await finish();
      const found = await read(s3, bucket, key);
      expect(found.content.equals(content)).toBe(true);
      expect(found).toMatchObject({
        ContentType: "application/octet-stream",
        CacheControl: "public, max-age=31536000, immutable",
        Metadata: { "adp-fingerprint": expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
      expect(await context.uploads.list("p/")).toEqual([]);
    }
  });

  test("that is there is not stored again, unless it is another content", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const { asset, content } = testAsset(300_000);
    const first = await openTestAsset(await openContext(s3, bucket), asset);
    await first.write(content);
    await first.finish();
    expect((await openTestAsset(await openContext(s3, bucket), asset)).writer.isReused).toBe(true);
    const other = testAsset(300_000, 300_000, 2).asset;
    expect((await openTestAsset(await openContext(s3, bucket), other)).writer.isReused).toBe(false);
  });

  test("is copied inside the store from another prefix that has the same content", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const { asset, content } = testAsset(300_000);
    const first = await openTestAsset(await openContext(s3, bucket), { ...asset, path: "variant/b c.ipa" });
    await first.write(content);
    await first.finish();
    const sources = ["p/none", first.key].map((key) => ({ bucket, key }));
    const { writer, key } = await openTestAsset(await openContext(s3, bucket), asset, sources);
    expect(writer.isReused).toBe(true);
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
  });

  test("is not completed with a wrong chunk, which alone is written again", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const { write, finish, dropped, key } = await openTestAsset(await openContext(s3, bucket), asset);
    await write(corrupted(content, 6 * MIB), 0, 2 * CHUNK);
    expect(dropped).toEqual([CHUNK]);
    await write(content, 2 * CHUNK);
    await write(content, CHUNK, 2 * CHUNK);
    expect(dropped).toEqual([CHUNK]);
    await finish();
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
  });

  test.for([300_000, 12 * MIB])(
    "is refused by the store if its bytes change after they were checked (%i bytes)",
    async (bytes) => {
      const { bucket, client } = await open();
      const context = await openContext(client(), bucket);
      const { asset, content } = testAsset(bytes, CHUNK);
      const key = `p/${asset.path}`;
      const check = { isRight: () => true, onDropped: () => undefined };
      const writer = await openAsset(context, { key, content: asset, check });
      await writer.write(corrupted(content, 100), 0);
      await expect(writer.finish()).rejects.toThrow("XAmzContentSHA256Mismatch, HTTP 400");
      await writer.close();
      expect(await context.objects.head(key)).toBeUndefined();
    },
  );

  test("is stored by a client that signs no bodies", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    s3.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, {
          "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        });
        return next(args);
      },
      { step: "build" },
    );
    const sent: object[] = [];
    s3.middlewareStack.add(
      (next) => (args) => {
        sent.push((args.request as { headers: object }).headers);
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const { asset, content } = testAsset(300_000);
    const { key, write, finish } = await openTestAsset(await openContext(s3, bucket), asset);
    await write(content);
    await finish();
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
    expect(sent.flatMap(Object.keys).filter((name) => name === "x-amz-content-sha256")).toEqual([]);
  });

  test("continues where an earlier run was killed, with the chunks that were right", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const killed = await openTestAsset(await openContext(s3, bucket), asset);
    await killed.write(corrupted(content, 1), 0, 12 * MIB);
    await killed.writer.close();
    const { writer, write, finish, key } = await openTestAsset(await openContext(s3, bucket), asset);
    expect(writer.kept).toEqual([{ start: CHUNK, end: 2 * CHUNK }]);
    await write(content, 0, CHUNK);
    await write(content, 2 * CHUNK);
    await finish();
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
  });

  test("continues an upload that was killed before its completion, with every part", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const killed = await openTestAsset(await openContext(s3, bucket), asset);
    await killed.write(content);
    await killed.writer.close();
    const context = await openContext(s3, bucket);
    const { writer, finish, key } = await openTestAsset(context, asset);
    expect(writer.kept).toEqual([{ start: 0, end: content.length }]);
    await finish();
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
    expect(await context.uploads.list("p/")).toEqual([]);
  });

  test("does not continue an upload of another content; one older than a day is aborted", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const killed = await openTestAsset(await openContext(s3, bucket), asset);
    await killed.write(content, 0, 6 * MIB);
    await killed.writer.close();
    const other = testAsset(13 * MIB + 5, CHUNK, 2).asset;
    expect((await openTestAsset(await openContext(s3, bucket), other)).writer.kept).toEqual([]);
    const tomorrow = new VirtualClock(Date.now() + 24.1 * 60 * 60 * 1000);
    const { uploads, openUploads } = await openContext(s3, bucket, { clock: tomorrow });
    expect([openUploads.size, await uploads.list("p/")]).toEqual([0, []]);
  });

  test("can be stored by two workers at the same time", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    // Memory for one part at a time: each part is stored before the next one begins.
    const context = { ...(await openContext(s3, bucket)), pool: new BufferPool(CHUNK) };
    const one = await openTestAsset(context, asset);
    await one.write(content, 0, 11 * MIB);
    // The second one continues the upload of the first one, and is faster.
    const two = await openTestAsset(await openContext(s3, bucket), asset);
    expect(two.writer.kept).toEqual([{ start: 0, end: 2 * CHUNK }]);
    await two.write(content, 2 * CHUNK);
    await two.finish();
    await one.write(content, 11 * MIB);
    await one.finish();
    expect((await read(s3, bucket, one.key)).content.equals(content)).toBe(true);
  });

  test("is right after two workers shared an upload, one of them with wrong bytes, and both were killed", async () => {
    const { bucket, client } = await open();
    const s3 = client();
    const one = await openTestAsset(await openContext(s3, bucket), asset);
    await one.write(content, CHUNK, 2 * CHUNK);
    await one.writer.close();
    const two = await openTestAsset(await openContext(s3, bucket), asset);
    expect(two.writer.kept).toEqual([{ start: CHUNK, end: 2 * CHUNK }]);
    await one.write(content, 0, CHUNK);
    await one.writer.close();
    await two.write(corrupted(content, 1), 0, 3 * MIB);
    await two.writer.close();
    const { writer, write, finish, key } = await openTestAsset(await openContext(s3, bucket), asset);
    expect(writer.kept).toEqual([{ start: 0, end: 2 * CHUNK }]);
    await write(content, 2 * CHUNK);
    await finish();
    expect((await read(s3, bucket, key)).content.equals(content)).toBe(true);
  });
});
