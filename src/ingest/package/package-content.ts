import type { Manifest } from "./manifest.js";
import { type PackageAsset, parseManifest } from "./parse-manifest.js";
import { readPackageZip } from "./zip.js";

/** What a package zip contains, checked. */
export interface PackageContent {
  readonly manifest: Manifest;
  readonly assets: readonly PackageAsset[];
  /** The two files as they came: white space and key order count for the signature. */
  readonly manifestBytes: Buffer;
  readonly signatureBytes: Buffer;
}

/**
 * Opens a package zip, which may come from anyone.
 *
 * @throws IngestError with reason `package-zip`, `manifest`, or `signature` if there is none
 */
export async function openPackage(zip: Buffer): Promise<PackageContent> {
  const { manifest: manifestBytes, signature: signatureBytes } = await readPackageZip(zip);
  return { ...parseManifest(manifestBytes), manifestBytes, signatureBytes };
}
