import type { ListedUpload, S3Uploads } from "./uploads.js";

/** Longer than any ingest takes, in ms. The store keeps, and charges for, the parts of an upload until it is ended. */
const MAX_AGE = 24 * 60 * 60 * 1000;

/**
 * Aborts those of the open uploads, which were just listed, that are older than a day. Returns the others by key, the newest
 * first: they may belong to another worker, or be continued by this one.
 */
export async function abortOldUploads(
  uploads: S3Uploads,
  listed: readonly ListedUpload[],
): Promise<ReadonlyMap<string, readonly ListedUpload[]>> {
  const byKey = new Map<string, ListedUpload[]>();
  // After the list, whose answer says the store's time: this machine's clock may be a day ahead.
  const oldest = uploads.requests.storeTime - MAX_AGE;
  for (const upload of [...listed].sort((a, b) => b.initiated - a.initiated)) {
    if (upload.initiated < oldest) await uploads.abort(upload);
    else byKey.set(upload.key, [...(byKey.get(upload.key) ?? []), upload]);
  }
  return byKey;
}
