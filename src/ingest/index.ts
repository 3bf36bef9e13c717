export type { CdnFetch } from "./download/get.js";
export { IngestError, type IngestErrorDetails, type IngestErrorReason } from "./errors.js";
export { ingestPackage } from "./ingest.js";
export type { KeyBlobEntry, KeyBlobFile } from "./key-blobs.js";
export type { IngestOptions } from "./options.js";
export type {
  AssetDetails,
  AssetHash,
  Manifest,
  ManifestDelta,
  ManifestVariant,
} from "./package/manifest.js";
export type { IngestProgress } from "./progress.js";
export { removePackage } from "./remove.js";
export type { ChecksumMismatch, IngestedAsset, IngestResult } from "./result.js";
export type { IngestClient, VersionChoice } from "./source.js";
export { type CorruptFile, type VerifyReport, verifyPackage } from "./verify.js";
