import { createHash } from "node:crypto";
import { IngestError } from "../errors.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "../package/layout.js";
import { MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES } from "../package/limits.js";
import type { PackageFiles } from "../store.js";
import type { PutCondition, S3Objects } from "./objects.js";
import { readSmallObject, type SmallObject } from "./small-object.js";

/** The two files as they are in the store. */
export interface PlacedFiles {
  readonly manifest: SmallObject | undefined;
  readonly signature: SmallObject | undefined;
}

/** What a commit needs. */
interface CommitOptions {
  readonly objects: S3Objects;
  readonly prefix: string;
  readonly files: PackageFiles;
  /** What was there when the ingest began. If it has changed since, the commit does not replace it. */
  readonly replaces: PlacedFiles;
}

/** Under this name, a manifest's metadata says which signature belongs to it. */
const SIGNATURE_SHA256 = "adp-signature-sha256";

// How often the two files are read again until they belong together, and the ms in between.
const MAX_READS = 20;
const WAIT = 500;

// A device must not get the manifest of one package from a cache, and the signature of another.
const CACHE_CONTROL = "no-cache";

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function unchanged(object: SmallObject | undefined): PutCondition {
  return object ? { etag: object.etag } : { absent: true };
}

/** Reads the two files below a prefix. */
export async function readPlacedFiles(objects: S3Objects, prefix: string): Promise<PlacedFiles> {
  return {
    manifest: await readSmallObject(objects, prefix + MANIFEST_FILE, MAX_MANIFEST_BYTES),
    signature: await readSmallObject(objects, prefix + SIGNATURE_FILE, MAX_SIGNATURE_BYTES),
  };
}

/**
 * Makes a package visible, whose assets are in place: stores the signature, then the manifest. Neither replaces what
 * another worker has stored since the ingest began. Between the two requests, a device gets the new signature with the
 * old manifest, refuses the package, and has to try again.
 *
 * @returns whether this package is in place: stored by this call, or by another worker at the same time. If not, another
 * worker has stored another package.
 * @throws IngestError with reason `store` if manifest and signature of two packages remain in place
 */
export async function commitPackage(options: CommitOptions): Promise<boolean> {
  const { objects, prefix, replaces } = options;
  const isInPlace = await storeBoth(options);
  if (isInPlace !== undefined) return isInPlace;
  // A worker that stored its signature, and no manifest for so long, was killed: its signature is replaced too.
  const placed = await readPlacedFiles(objects, prefix);
  const isUnchanged = placed.manifest?.etag === replaces.manifest?.etag;
  const isInPlaceNow = isUnchanged ? await storeBoth({ ...options, replaces: placed }) : undefined;
  if (isInPlaceNow !== undefined) return isInPlaceNow;
  const place = `s3://${objects.requests.bucket}/${prefix}`;
  const message = `${place}: manifest and signature do not belong together, because another worker stored a package at the same time. Run again.`;
  throw new IngestError("store", message);
}

/** One attempt of {@link commitPackage}. Undefined if manifest and signature of two packages remain in place. */
async function storeBoth(options: CommitOptions): Promise<boolean | undefined> {
  const { objects, prefix, files, replaces } = options;
  const { manifest, signature } = files;
  if (await storeSignature(options)) {
    const info = {
      contentType: "application/json",
      cacheControl: CACHE_CONTROL,
      metadata: { [SIGNATURE_SHA256]: sha256(signature) },
    };
    await objects.put(prefix + MANIFEST_FILE, { bytes: manifest }, info, unchanged(replaces.manifest));
  }
  // What is in place counts, not the answer: a request whose first answer was lost is refused when it is repeated.
  return settle(options);
}

function putSignature({ objects, prefix }: CommitOptions, signature: Buffer, condition: PutCondition) {
  const info = { contentType: "application/octet-stream", cacheControl: CACHE_CONTROL, metadata: {} };
  return objects.put(prefix + SIGNATURE_FILE, { bytes: signature }, info, condition);
}

/** Puts the signature in place. Returns false if another worker has stored one in the meantime. */
async function storeSignature(options: CommitOptions): Promise<boolean> {
  const { objects, prefix, files, replaces } = options;
  const { signature } = files;
  if (replaces.signature?.bytes.equals(signature)) return true;
  if ((await putSignature(options, signature, unchanged(replaces.signature))) !== undefined) return true;
  return (await readPlacedFiles(objects, prefix)).signature?.bytes.equals(signature) === true;
}

/** Reads both files until manifest and signature belong together, and repairs what this worker can repair. */
async function settle(options: CommitOptions): Promise<boolean | undefined> {
  const { objects, prefix, files, replaces } = options;
  const { clock, signal } = objects.requests;
  for (let count = 0; count < MAX_READS; count++) {
    if (count > 0) await clock.sleep(WAIT, signal);
    const { manifest, signature } = await readPlacedFiles(objects, prefix);
    const isOurs = manifest?.bytes.equals(files.manifest) === true;
    const isOurSignature = signature?.bytes.equals(files.signature) === true;
    const expected = manifest?.metadata[SIGNATURE_SHA256];
    if (isOurs && isOurSignature) return true;
    // Without the metadata, another program stored the manifest. Nothing is known about its signature.
    if (
      manifest &&
      !isOurs &&
      (expected === undefined || (signature && sha256(signature.bytes) === expected))
    )
      return false;
    // Another worker's manifest, but our signature: we put it in the place of the one that belongs to it.
    if (isOurSignature && manifest && replaces.signature)
      await putSignature(options, replaces.signature.bytes, unchanged(signature));
    // Our manifest, but another worker's signature. That worker may be about to repair it too.
    if (isOurs) await putSignature(options, files.signature, unchanged(signature));
  }
  return undefined;
}
