import type { S3Client } from "@aws-sdk/client-s3";
import { checkObject, kindOf, optionError } from "../../checks.js";
import { isObject } from "../../json.js";
import { MANIFEST_FILE } from "../package/layout.js";
import type { PackageStore, StoreChange, StoreContext } from "../store.js";
import { locationOf, readPlace, type S3Place } from "./keys.js";
import { S3Objects } from "./objects.js";
import { listOwnPackage, listPackage, listPackageUploads } from "./package-keys.js";
import { readObject } from "./read-object.js";
import { S3Requests } from "./requests.js";
import { S3Change } from "./s3-change.js";
import { S3Uploads } from "./uploads.js";

// Two parts of the usual size: one is sent while the next is filled. More of them are not faster.
const PART_MEMORY = 20 * 1024 * 1024;

/** What {@link s3Store} needs. */
export interface S3StoreOptions {
  /**
   * Your own client, with its endpoint, region and credentials. It is used as it is, and not closed.
   *
   * Give it a time limit, `requestHandler: { requestTimeout: 300_000, throwOnRequestTimeout: true }` (ms): without one, the
   * SDK waits forever for a store that does not answer.
   */
  readonly client: S3Client;
  /** The bucket's name. It has to exist. */
  readonly bucket: string;
  /**
   * Where the package is in the bucket: `packages/1234/` gives `packages/1234/manifest.json`. A final `/` is added if it is
   * missing. The empty string is the whole bucket.
   */
  readonly prefix: string;
}

/** A package in a bucket. */
export class S3Store implements PackageStore {
  readonly location: string;
  readonly client: S3Client;
  readonly place: S3Place;
  /** How many bytes of all parts together are in memory. */
  readonly partMemory: number;

  constructor(client: S3Client, place: S3Place, partMemory = PART_MEMORY) {
    this.partMemory = partMemory;
    this.client = client;
    this.place = place;
    this.location = locationOf(place);
  }

  #requests({ signal, clock }: StoreContext): S3Requests {
    return new S3Requests({ client: this.client, bucket: this.place.bucket, signal, clock });
  }

  list(context: StoreContext): Promise<ReadonlyMap<string, number>> {
    return listPackage(new S3Objects(this.#requests(context)), this.place);
  }

  read(path: string, context: StoreContext): Promise<AsyncIterable<Uint8Array> | undefined> {
    return readObject(new S3Objects(this.#requests(context)), this.place.prefix + path);
  }

  /** Where another store has its objects, if this store can copy them. */
  copySource(other: PackageStore): S3Place | undefined {
    const isOfClient = other instanceof S3Store && other.client === this.client;
    return isOfClient && other.location !== this.location ? other.place : undefined;
  }

  open(context: StoreContext): Promise<StoreChange> {
    return S3Change.open(this, this.#requests(context));
  }

  async remove(context: StoreContext): Promise<void> {
    const requests = this.#requests(context);
    const objects = new S3Objects(requests);
    const uploads = new S3Uploads(requests);
    const { prefix } = this.place;
    const found = await listOwnPackage(objects, this.place);
    // Without its manifest, there is no package any more.
    if (found.has(MANIFEST_FILE)) await objects.delete([prefix + MANIFEST_FILE]);
    await objects.delete(
      [...found.keys()].filter((path) => path !== MANIFEST_FILE).map((path) => prefix + path),
    );
    for (const upload of await listPackageUploads(uploads, this.place)) await uploads.abort(upload);
  }

  async writePrivate(name: string, bytes: Uint8Array, context: StoreContext): Promise<void> {
    const info = { contentType: "application/json", cacheControl: "no-store", metadata: {} };
    await new S3Objects(this.#requests(context)).put(this.place.prefix + name, { bytes }, info);
  }
}

/**
 * A place in a bucket of S3, R2, MinIO, Ceph or another store with S3's protocol, for `ingestPackage`, `verifyPackage`
 * and `removePackage`. Packages are streamed from Apple's CDN through the digests into the bucket: nothing is written to
 * the disk.
 *
 * - The assets are stored first, then `signature`, then `manifest.json` by a conditional PUT. So a reader never sees a
 *   manifest whose assets are missing. For one request's time, it may see the new signature with the old manifest; a
 *   device then refuses the package, and has to try again.
 *   Apple gives each asset a path of its own, so no file of the package in place is changed before that.
 * - There is no lock. If several workers ingest the same package, all of them succeed. If they ingest different ones,
 *   one succeeds; the others reject with reason `busy`. A worker deletes what an earlier package left right after it has
 *   read that its own package is still in place. If it stands still for the time of a whole ingest between the two, and
 *   that ingest stores a package with one of these assets again, the asset is missing until the next ingest.
 * - After a kill, the next ingest continues with complete objects and with the parts of open uploads. An unfinished
 *   object above 8 MiB begins again if the manifest has one digest for the whole file (Apple's packages from August 2024
 *   to July 2025), or if the bucket's encryption is SSE-KMS or SSE-C. Open uploads older than a day are aborted. Add a
 *   rule to the bucket that does the same, for ingests that are never repeated.
 * - It needs the permissions GetObject, PutObject, DeleteObject, ListBucket and AbortMultipartUpload; and, to continue
 *   large files, ListBucketMultipartUploads and ListMultipartUploadParts.
 *
 * @example
 * const store = s3Store({ client: new S3Client({}), bucket: "packages", prefix: "1234/" });
 * await ingestPackage(client, { versionId, store });
 *
 * @throws TypeError for wrong options
 */
export function s3Store(options: S3StoreOptions): PackageStore {
  const { client, bucket, prefix } = checkObject("options", options);
  if (!isObject(client) || typeof client.send !== "function") {
    throw optionError("client", "an S3Client of @aws-sdk/client-s3", kindOf(client));
  }
  return new S3Store(client, readPlace(bucket, prefix));
}
