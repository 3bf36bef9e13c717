export { type Clock, systemClock } from "../clock.js";
export type { IngestClient } from "./asset-resources.js";
export type { CdnFetch } from "./download/http-get.js";
export { IngestError, type IngestErrorDetails, type IngestErrorReason } from "./errors.js";
export { folderStore } from "./folder/folder-store.js";
export { ingestPackage } from "./ingest.js";
export type { KeyBlobEntry, KeyBlobFile } from "./key-blobs.js";
export type { IngestOptions, PlaceChoice } from "./options.js";
export type { AssetKind } from "./package/asset-kinds.js";
export type { ByteRange } from "./package/chunk-tracker.js";
export type { DigestAlgorithm } from "./package/digest.js";
export type {
  AssetDetails,
  AssetHash,
  Manifest,
  ManifestDelta,
  ManifestVariant,
} from "./package/manifest.js";
export type { CheckedBy, ChecksumMismatch } from "./package/proof.js";
export type { TrustedRoots } from "./package/signature/roots.js";
export type { SignatureReason, SignatureReport } from "./package/signature/signature-report.js";
export type { CorruptFile, VerifyReport } from "./package/verify-report.js";
export type { IngestProgress } from "./progress.js";
export { removePackage } from "./remove.js";
export type { IngestedAsset, IngestResult } from "./result.js";
export type {
  AssetWriter,
  ContentCheck,
  PackageCache,
  PackageFiles,
  PackageStore,
  StorableAsset,
  StoreChange,
  StoreContext,
} from "./store.js";
export { type VerifyOptions, verifyPackage } from "./verify.js";
export type { VersionChoice, VersionWait } from "./version-choice.js";
