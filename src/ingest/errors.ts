/**
 * Why an ingest was refused or given up:
 *
 * | reason | meaning |
 * |---|---|
 * | `no-version` | the package has no version in state COMPLETED yet |
 * | `busy` | another ingest or removal is running on the same target |
 * | `target` | what is at the target, or at the staging folder beside it, is not a package of this app: look at it |
 * | `older-version` | a newer revision of this version is in place already: nothing to do |
 * | `signature` | the package has no valid signature of Apple, or of a root in `trust` |
 * | `package-zip` | the zip with manifest and signature is damaged or dangerous |
 * | `manifest` | the manifest is malformed, dangerous or contradicts itself |
 * | `asset-missing` | the API does not know an asset of the manifest, or gives no URL for it |
 * | `download` | for 60 s, no download of the ingest received a byte; or the CDN refused five new URLs of a file |
 * | `corrupt` | the CDN sent wrong bytes or a wrong length in five consecutive attempts |
 * | `no-space` | the disk or the quota has too little room |
 * | `disk` | the file system reported another error (permissions, read-only, I/O error) |
 * | `store` | the object store refused or cannot be reached |
 */
export type IngestErrorReason =
  | "no-version"
  | "busy"
  | "target"
  | "older-version"
  | "signature"
  | "package-zip"
  | "manifest"
  | "asset-missing"
  | "download"
  | "corrupt"
  | "no-space"
  | "disk"
  | "store";

/** What an {@link IngestError} has beside its message. A field that does not apply is left out. */
export interface IngestErrorDetails
  extends Partial<Pick<IngestError, "path" | "chunk" | "expected" | "found" | "cause">> {}

/** What ingest refuses or gives up on. Errors of the API itself are thrown as the client throws them. */
export class IngestError extends Error {
  override readonly name = "IngestError";
  /** The kind of failure, to switch on. */
  readonly reason: IngestErrorReason;
  /** The asset's path in the package, if one asset is the problem. */
  readonly path: string | undefined;
  /** Index of the wrong chunk in the asset, from 0. */
  readonly chunk: number | undefined;
  /** The digest (hex) or size (bytes, decimal) that the manifest says. */
  readonly expected: string | undefined;
  /** The digest or size that was found. */
  readonly found: string | undefined;

  constructor(reason: IngestErrorReason, message: string, details: IngestErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.path = details.path;
    this.chunk = details.chunk;
    this.expected = details.expected;
    this.found = details.found;
  }
}
