import { randomUUID } from "node:crypto";
import { CreateBucketCommand, type S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { inject } from "vitest";
import { s3ClientFor, startS3Server } from "../../../support/s3-server.js";

/** A bucket for one test. */
interface TestBucket {
  readonly bucket: string;
  /** Makes a client for it, with the right credentials unless the configuration has others. */
  client(config?: S3ClientConfig): S3Client;
}

async function startFake(): Promise<TestBucket> {
  const server = await startS3Server();
  return { bucket: server.bucketName, client: (config) => server.client(config) };
}

async function useRadosgw(): Promise<TestBucket> {
  const radosgw = inject("radosgw");
  if ("absent" in radosgw) throw new Error(radosgw.absent);
  const { url, ...credentials } = radosgw;
  const client = (config: S3ClientConfig = {}) => s3ClientFor(url, { credentials, ...config });
  const bucket = randomUUID();
  await client().send(new CreateBucketCommand({ Bucket: bucket }));
  return { bucket, client };
}

/** The servers that the same tests run against, for `describe.for`; radosgw where it was started. */
export const TEST_SERVERS = [
  { name: "the fake", open: startFake },
  ...("absent" in inject("radosgw") ? [] : [{ name: "radosgw", open: useRadosgw }]),
];
