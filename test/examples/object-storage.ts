/**
 * Ingests packages straight into a bucket, without a disk: a worker that gets an event, and makes the bucket what Apple's
 * current version is. It can be repeated, killed and run by several workers at once.
 *
 * In front of the bucket is a CDN, over HTTPS, which must not compress the files (no `Content-Encoding`). The key blobs
 * go to a bucket that only the licensing service can read.
 */
import { DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Client } from "app-store-alternative-distribution";
import {
  IngestError,
  ingestPackage,
  type PackageStore,
  verifyPackage,
} from "app-store-alternative-distribution/ingest";
import { s3Store } from "app-store-alternative-distribution/s3";

/** Where the packages and their key blobs are. */
export interface Buckets {
  /**
   * For example `new S3Client({ requestHandler: { requestTimeout: 300_000, throwOnRequestTimeout: true } })`. For R2, MinIO
   * or Ceph also `endpoint`, and `forcePathStyle: true` where the store needs it.
   */
  readonly s3: S3Client;
  /** The name of the bucket that is served. */
  readonly packages: string;
  /** Where a package's key blobs go: a store in another bucket, with other permissions. */
  readonly keyBlobs: (packageId: string) => PackageStore;
  /** The root that is trusted in place of Apple's, for the sandbox. */
  readonly trust?: string;
}

function storeOf({ s3: client, packages: bucket }: Buckets, packageId: string): PackageStore {
  return s3Store({ client, bucket, prefix: `${packageId}/` });
}

/** Makes the bucket what Apple's current version is. Returns the id of the version that is in place afterwards. */
export async function publish(
  client: Client,
  packageId: string,
  buckets: Buckets,
): Promise<string | undefined> {
  const store = storeOf(buckets, packageId);
  const keyBlobs = buckets.keyBlobs(packageId);
  try {
    const { version } = await ingestPackage(client, { packageId, store, keyBlobs, trust: buckets.trust });
    return version.id;
  } catch (error) {
    // Another worker was faster, and its package is not older than ours.
    if (error instanceof IngestError && error.reason === "older-version") return undefined;
    throw error;
  }
}

/** Reads every byte again, as a nightly job does, and stores again what is damaged. Returns the paths of such files. */
export async function repair(client: Client, packageId: string, buckets: Buckets): Promise<string[]> {
  const { corrupt, missing } = await verifyPackage(storeOf(buckets, packageId), { trust: buckets.trust });
  const paths = corrupt.map(({ path }) => path);
  // An ingest trusts the digests that it stored with a file, so a damaged file has to go first. Devices are better off
  // without it.
  for (const path of paths) {
    const Key = `${packageId}/${path}`;
    await buckets.s3.send(new DeleteObjectCommand({ Bucket: buckets.packages, Key }));
  }
  if (paths.length + missing.length > 0) await publish(client, packageId, buckets);
  return [...paths, ...missing];
}
