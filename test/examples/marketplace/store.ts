/** Where packages are stored: a folder, or a bucket of S3. Everything that depends on which is in this file. */
import { join } from "node:path";
import { Readable } from "node:stream";
import { S3Client } from "@aws-sdk/client-s3";
import { folderStore, type PackageStore, systemClock } from "app-store-alternative-distribution/ingest";
import { s3Store } from "app-store-alternative-distribution/s3";

/** The place of each package, by its id. */
export type Store = (packageId: string) => PackageStore;

/** With `S3_BUCKET`, that bucket; the SDK finds credentials and region in the usual variables. Else the folder. */
export function openStore(folder: string, { S3_BUCKET, S3_ENDPOINT }: NodeJS.ProcessEnv = {}): Store {
  if (!S3_BUCKET) return (id) => folderStore(join(folder, nameOf(id)));
  const client = new S3Client({
    // Without a time limit, the SDK waits forever for a store that does not answer.
    requestHandler: { requestTimeout: 300_000, throwOnRequestTimeout: true },
    // Other stores than Amazon's often have no host name for each bucket.
    ...(S3_ENDPOINT && {
      endpoint: S3_ENDPOINT,
      region: process.env.AWS_REGION ?? "us-east-1",
      forcePathStyle: true,
    }),
  });
  return (id) => s3Store({ client, bucket: S3_BUCKET, prefix: `${nameOf(id)}/` });
}

function nameOf(packageId: string): string {
  if (/^[\w-]+$/.test(packageId)) return packageId;
  throw new Error("This id cannot be the name of a folder");
}

/** Sends a file of a package to a device. The bytes go through this process; for much traffic, put a CDN before it. */
export async function serveFile(store: PackageStore, path: string, { signal }: Request): Promise<Response> {
  const context = { signal, clock: systemClock };
  // The paths of assets are never used for other bytes. Those of the two small files are.
  const size = path.includes("/") ? (await store.list(context)).get(path) : undefined;
  const bytes = await store.read(path, context);
  if (!bytes) return new Response(null, { status: 404 });
  // Closed when the device ends the connection. Node's and the DOM's type of the same class.
  const body = Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Response(body, { headers: size === undefined ? {} : { "content-length": `${size}` } });
}
