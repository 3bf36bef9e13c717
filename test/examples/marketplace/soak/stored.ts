/** What is in the store, seen without the library: the names at the top of its folder or bucket. */
import { readdir } from "node:fs/promises";
import { paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import type { BucketVariables } from "../test-support.js";

export async function storedNames(folder: string, bucket: BucketVariables | undefined): Promise<string[]> {
  if (!bucket) return readdir(folder);
  const { S3_BUCKET: Bucket, S3_ENDPOINT: endpoint } = bucket;
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true });
  const names: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket }))
    names.push(...Contents.map(({ Key = "" }) => Key.split("/", 1)[0] ?? ""));
  client.destroy();
  return [...new Set(names)];
}
