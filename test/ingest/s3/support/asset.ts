import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../../../../src/clock.js";
import type { ByteRange } from "../../../../src/ingest/package/chunk-tracker.js";
import type { PackageAsset } from "../../../../src/ingest/package/parse-manifest.js";
import type { WriterContext } from "../../../../src/ingest/s3/asset-writer.js";
import { BufferPool } from "../../../../src/ingest/s3/buffer-pool.js";
import { S3Objects } from "../../../../src/ingest/s3/objects.js";
import { abortOldUploads } from "../../../../src/ingest/s3/old-uploads.js";
import { type CopySource, openAsset } from "../../../../src/ingest/s3/open-asset.js";
import { S3Requests } from "../../../../src/ingest/s3/requests.js";
import { S3Uploads } from "../../../../src/ingest/s3/uploads.js";
import { seededRandom } from "../../../support/random.js";
import { TestClock } from "../../support/test-clock.js";

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export const MIB = 1024 * 1024;

/** An asset and its bytes, which are the same for the same seed. */
export function testAsset(
  bytes: number,
  chunkSize = bytes,
  seed = 1,
): { asset: PackageAsset; content: Buffer } {
  const random = seededRandom(seed);
  const block = Buffer.from(Array.from({ length: 9973 }, () => Math.floor(random() * 256)));
  const content = Buffer.alloc(bytes, block);
  const digests: string[] = [];
  for (let start = 0; start < bytes; start += chunkSize) {
    digests.push(sha256(content.subarray(start, start + chunkSize)));
  }
  const asset = {
    kind: "variant",
    id: "a",
    path: "variant/a.ipa",
    bytes,
    algorithm: "sha256",
    chunkSize,
    digests,
  } as const;
  return { asset, content };
}

/** What an ingest has while it stores assets in a bucket. */
export async function openContext(
  client: S3Client,
  bucket: string,
  { clock = new TestClock(), signal }: { clock?: Clock; signal?: AbortSignal } = {},
): Promise<WriterContext> {
  const requests = new S3Requests({ client, bucket, clock, signal });
  const objects = new S3Objects(requests);
  const uploads = new S3Uploads(requests);
  const openUploads = await abortOldUploads(uploads, await uploads.list("p/"));
  const found = await objects.list("p/");
  return { objects, uploads, openUploads, found, pool: new BufferPool(48 * MIB) };
}

/** Opens an asset for writing below `p/`. `write` writes and digests, as an ingest does. */
export async function openTestAsset(
  context: WriterContext,
  asset: PackageAsset,
  sources?: readonly CopySource[],
) {
  const { chunkSize, digests, bytes } = asset;
  const right = new Set<number>();
  /** Where dropped bytes began. */
  const dropped: number[] = [];
  const chunksOf = ({ start, end }: ByteRange) =>
    digests.map((_, chunk) => chunk).filter((chunk) => chunk * chunkSize >= start && chunk * chunkSize < end);
  const check = {
    isRight: (range: ByteRange) => chunksOf(range).every((chunk) => right.has(chunk)),
    onDropped: (range: ByteRange) => {
      dropped.push(range.start);
      for (const chunk of chunksOf(range)) right.delete(chunk);
    },
  };
  const key = `p/${asset.path}`;
  const writer = await openAsset(context, { key, content: asset, check }, sources);
  /** Writes these bytes of the content, in pieces as they come from a network. */
  const write = async (content: Buffer, start = 0, end = content.length) => {
    for (let at = start; at < end; ) {
      const chunk = Math.floor(at / chunkSize);
      const chunkEnd = Math.min((chunk + 1) * chunkSize, bytes);
      const next = Math.min(at + 60_000, end, chunkEnd);
      const digest = () => sha256(content.subarray(chunk * chunkSize, chunkEnd));
      if (next === chunkEnd && digest() === digests[chunk]) right.add(chunk);
      await writer.write(content.subarray(at, next), at);
      at = next;
    }
  };
  const finish = async () => {
    await writer.finish();
    await writer.close();
  };
  return { writer, key, dropped, write, finish };
}
