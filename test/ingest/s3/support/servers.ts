import { randomUUID } from "node:crypto";
import { CreateBucketCommand, type S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { inject } from "vitest";
import { ACCESS_KEY } from "../../../support/s3/requests.js";
import { type S3Server, s3ClientFor, startS3Server } from "../../../support/s3-server.js";

/** How a program outside of the tests reaches a bucket. */
export interface S3Connection {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A bucket for one test. */
interface TestBucket {
  readonly bucket: string;
  readonly connection: S3Connection;
  /** The server, if it is the fake. */
  readonly fake?: S3Server;
  /** Makes a client for it, with the right credentials unless the configuration has others. */
  client(config?: S3ClientConfig): S3Client;
}

async function startFake(): Promise<TestBucket> {
  const server = await startS3Server();
  const bucket = server.bucketName;
  const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: "fake-secret" };
  const connection = { endpoint: server.url, bucket, ...credentials };
  return { bucket, connection, fake: server, client: (config) => server.client(config) };
}

async function useRadosgw(): Promise<TestBucket> {
  const radosgw = inject("radosgw");
  if ("absent" in radosgw) throw new Error(radosgw.absent);
  const { url, ...credentials } = radosgw;
  const client = (config: S3ClientConfig = {}) => s3ClientFor(url, { credentials, ...config });
  const bucket = randomUUID();
  await client().send(new CreateBucketCommand({ Bucket: bucket }));
  return { bucket, connection: { endpoint: url, bucket, ...credentials }, client };
}

/** The servers that the same tests run against, for `describe.for`; radosgw where it was started. */
export const TEST_SERVERS: readonly { name: string; open: () => Promise<TestBucket> }[] = [
  { name: "the fake", open: startFake },
  ...("absent" in inject("radosgw") ? [] : [{ name: "radosgw", open: useRadosgw }]),
];
