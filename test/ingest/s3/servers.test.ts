import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { TEST_SERVERS } from "./support/servers.js";

const part = Buffer.alloc(5 * 1024 * 1024, 7);
const end = Buffer.from("end");
const md5 = (content: Buffer) => `"${createHash("md5").update(content).digest("hex")}"`;

/** What the layer above relies on: the fake and the real store do the same. */
describe.for(TEST_SERVERS)("$name", ({ open }) => {
  async function openBucket() {
    const { bucket: Bucket, client } = await open();
    const s3 = client();
    const put = (Key: string, Body: string, more = {}) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    const createUpload = async (Key: string) => {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { a: "1" } }),
      );
      const upload = { Bucket, Key, UploadId };
      const send = (PartNumber: number, Body: Buffer) =>
        s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      const complete = (...etags: string[]) => {
        const Parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
        return s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
      };
      return { upload, send, complete };
    };
    return { Bucket, client, s3, put, createUpload };
  }

  test("stores an object with its headers, and gives ranges of it", async () => {
    const { Bucket, s3, put } = await openBucket();
    await put("a b/ü&.ipa", "0123456789", {
      Metadata: { "adp-sha256": "ab" },
      ContentType: "application/octet-stream",
      CacheControl: "immutable",
    });
    const object = { Bucket, Key: "a b/ü&.ipa" };
    const head = await s3.send(new HeadObjectCommand(object));
    expect(head).toMatchObject({
      ContentLength: 10,
      CacheControl: "immutable",
      Metadata: { "adp-sha256": "ab" },
      ETag: md5(Buffer.from("0123456789")),
    });
    const range = await s3.send(new GetObjectCommand({ ...object, Range: "bytes=2-4" }));
    expect(await range.Body?.transformToString()).toBe("234");
    expect(range.ContentRange).toBe("bytes 2-4/10");
    await expect(s3.send(new GetObjectCommand({ ...object, Range: "bytes=10-" }))).rejects.toMatchObject({
      name: "InvalidRange",
    });
    const copy = { Bucket, Key: "copy", CopySource: `${Bucket}/${encodeURIComponent(object.Key)}` };
    await s3.send(new CopyObjectCommand(copy));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "copy" }))).toMatchObject({
      Metadata: { "adp-sha256": "ab" },
    });
  });

  test("lists in pages, in the order of the keys, and deletes", async () => {
    const { Bucket, s3, put } = await openBucket();
    for (const key of ["p/2", "p/1", "p/3", "pq/1"]) await put(key, key);
    const list = { Bucket, Prefix: "p/", MaxKeys: 2 };
    const first = await s3.send(new ListObjectsV2Command(list));
    expect(first.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
      ["p/1", 3],
      ["p/2", 3],
    ]);
    const next = { ...list, ContinuationToken: first.NextContinuationToken };
    const second = await s3.send(new ListObjectsV2Command(next));
    expect([second.Contents?.map(({ Key }) => Key), second.IsTruncated]).toEqual([["p/3"], false]);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "p/1" }));
    const Objects = [{ Key: "p/2" }, { Key: "p/3" }, { Key: "p/none" }];
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const left = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(["pq/1"]);
  });

  test("puts under conditions", async () => {
    const { put } = await openBucket();
    const failed = { name: "PreconditionFailed", $metadata: { httpStatusCode: 412 } };
    const { ETag } = await put("k", "1", { IfNoneMatch: "*" });
    await expect(put("k", "2", { IfNoneMatch: "*" })).rejects.toMatchObject(failed);
    await expect(put("k", "2", { IfMatch: '"0123"' })).rejects.toMatchObject(failed);
    await expect(put("none", "2", { IfMatch: ETag })).rejects.toMatchObject(failed);
  });

  test("refuses a body that is not what its digests say", async () => {
    const { put } = await openBucket();
    const wrong = createHash("md5").update("2").digest("base64");
    await expect(put("k", "1", { ContentMD5: wrong })).rejects.toMatchObject({ name: "BadDigest" });
  });

  test("puts parts together, the last one sent replacing an earlier one", async () => {
    const { Bucket, s3, createUpload } = await openBucket();
    const { upload, send, complete } = await createUpload("m/1");
    await send(2, Buffer.from("not yet"));
    await send(1, part);
    const second = await send(2, end);
    const { Parts } = await s3.send(new ListPartsCommand(upload));
    expect(Parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag])).toEqual([
      [1, part.length, md5(part)],
      [2, 3, md5(end)],
    ]);
    const invalid = { name: "InvalidPart" };
    await expect(complete(md5(part))).rejects.toMatchObject(invalid);
    await expect(complete(md5(part), md5(part))).rejects.toMatchObject(invalid);
    await complete(md5(part), second.ETag ?? "");
    const object = await s3.send(new GetObjectCommand({ Bucket, Key: "m/1" }));
    const content = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    expect(content.equals(Buffer.concat([part, end]))).toBe(true);
    expect(object.Metadata).toEqual({ a: "1" });
  });

  test("lists open uploads in pages, and aborts them", async () => {
    const { Bucket, s3, createUpload } = await openBucket();
    for (const key of ["m/1", "m/2", "n/1"]) await createUpload(key);
    const list = { Bucket, Prefix: "m/", MaxUploads: 1 };
    const first = await s3.send(new ListMultipartUploadsCommand(list));
    expect(first.Uploads?.map(({ Key }) => Key)).toEqual(["m/1"]);
    const markers = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
    const second = await s3.send(new ListMultipartUploadsCommand({ ...list, ...markers }));
    expect(second.Uploads?.map(({ Key }) => Key)).toEqual(["m/2"]);
    expect(second.Uploads?.[0]?.Initiated).toBeInstanceOf(Date);
    const upload = { Bucket, Key: "m/2", UploadId: second.Uploads?.[0]?.UploadId };
    await s3.send(new AbortMultipartUploadCommand(upload));
    await expect(
      s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: end })),
    ).rejects.toMatchObject({
      name: "NoSuchUpload",
    });
    await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  test("refuses a part in the middle that is too small", async () => {
    const { createUpload } = await openBucket();
    const { send, complete } = await createUpload("m/1");
    await send(1, end);
    await send(2, end);
    await expect(complete(md5(end), md5(end))).rejects.toMatchObject({ name: "EntityTooSmall" });
  });

  test("says what is wrong: key, bucket, object", async () => {
    const { Bucket, client, s3 } = await openBucket();
    const credentials = { accessKeyId: "unknown", secretAccessKey: "unknown" };
    const list = (more = {}) => new ListObjectsV2Command({ Bucket, ...more });
    await expect(client({ credentials }).send(list())).rejects.toMatchObject({ name: "InvalidAccessKeyId" });
    await expect(s3.send(list({ Bucket: "no-such-bucket" }))).rejects.toMatchObject({ name: "NoSuchBucket" });
    const none = { Bucket, Key: "none" };
    await expect(s3.send(new GetObjectCommand(none))).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(s3.send(new HeadObjectCommand(none))).rejects.toMatchObject({ name: "NotFound" });
    const copy = new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/none` });
    await expect(s3.send(copy)).rejects.toMatchObject({ name: "NoSuchKey" });
  });
});
