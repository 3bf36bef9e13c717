import type { AlternativeDistributionPackageVersion } from "../../generated/paths.js";
import type { AssetKind } from "./package/asset-kinds.js";
import type { Manifest } from "./package/manifest.js";
import type { CheckedBy, ChecksumMismatch } from "./package/proof.js";
import type { SignatureReport } from "./package/signature/signature-report.js";

/** One file of an ingested package. */
export interface IngestedAsset {
  /** The asset's id in the API, which is the manifest's `publicId`. */
  readonly id: string;
  readonly kind: AssetKind;
  /** Its path in the package: `variant/<file>` or `delta/<file>`. */
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
  /** For the licensing service: the API's `alternativeDistributionKeyBlob`, base64. Undefined if the API gave none. */
  readonly keyBlob: string | undefined;
  /** What proves its bytes. */
  readonly checkedBy: CheckedBy;
  /** Whether the file came from an earlier package, or was in place already. */
  readonly reused: boolean;
  /** Bytes that were not downloaded because an earlier run had downloaded them. 0 for a file that is reused. */
  readonly resumedBytes: number;
}

/** What `ingestPackage` returns. */
export interface IngestResult {
  /** Where the package is: the folder as an absolute path, or the store's `location`, such as `s3://bucket/prefix/`. */
  readonly location: string;
  /** The folder, as an absolute path. Left out with the option `store`. */
  readonly directory?: string | undefined;
  /** The version as the API described it, without its signed URL. */
  readonly version: AlternativeDistributionPackageVersion;
  readonly manifest: Manifest;
  /** What was found of Apple's signature. Always valid unless the option `signature` is `"report"`. */
  readonly signature: SignatureReport;
  /** When Apple signed the package. Undefined if the signature is invalid. */
  readonly signedAt: Date | undefined;
  /** Number of calls made to the API, without those of waiting for a version. Each page of a list is one. */
  readonly apiCalls: number;
  /** In the manifest's order, variants first. */
  readonly assets: readonly IngestedAsset[];
  /**
   * The checksums that do not fit although the bytes are proven to be right: the API's `fileChecksum`s, and the
   * signature's `hash2` of assets that have right chunk digests. They are no errors: Apple documents neither what they
   * cover nor how they are computed.
   */
  readonly checksumMismatches: readonly ChecksumMismatch[];
}
