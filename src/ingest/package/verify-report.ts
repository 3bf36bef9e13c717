import { isAssetFolder, isInAssetFolder, MANIFEST_FILE, SIGNATURE_FILE } from "./layout.js";
import type { Manifest } from "./manifest.js";
import type { PackageAsset } from "./parse-manifest.js";
import type { ChecksumMismatch } from "./proof.js";
import type { SignatureReport } from "./signature/signature-report.js";

/** A file of the package that exists but is wrong. */
export interface CorruptFile {
  /** Its path in the package; `.` if the folder itself cannot be read. */
  readonly path: string;
  /** What is wrong, in words. */
  readonly reason: string;
  /** Index of the first wrong chunk, from 0, if a digest is wrong. */
  readonly chunk?: number | undefined;
}

/** What `verifyPackage` found. */
export interface VerifyReport {
  /** Whether no file is missing, added or corrupt, and the signature is valid. */
  readonly valid: boolean;
  /** Paths of files that should exist and do not. */
  readonly missing: readonly string[];
  /** Paths of files that should not exist. A path with a final `/` is an empty folder. */
  readonly added: readonly string[];
  readonly corrupt: readonly CorruptFile[];
  /** The manifest, if it could be read. */
  readonly manifest?: Manifest | undefined;
  readonly signature: SignatureReport;
  /**
   * The assets with right chunk digests whose `hash2` in the signature is not their SHA-256. They are no errors: it is
   * not known what `hash2` covers in files of several chunks. Left out if there are none.
   */
  readonly checksumMismatches?: readonly ChecksumMismatch[] | undefined;
}

/** How the paths of a package folder differ from those in its manifest. */
interface PathComparison {
  /** Paths that should exist and do not. */
  readonly missing: readonly string[];
  /** Paths that should not exist. */
  readonly added: readonly string[];
  /** Assets that exist. */
  readonly present: readonly PackageAsset[];
}

/**
 * Compares the paths that exist (folders only if they are empty, with a final `/`) with those of the manifest. Without
 * a manifest it is not known which assets should exist, so none counts as missing or added.
 */
export function comparePaths(
  paths: ReadonlySet<string>,
  assets: readonly PackageAsset[] | undefined,
): PathComparison {
  const expected = new Set([MANIFEST_FILE, SIGNATURE_FILE, ...(assets ?? []).map(({ path }) => path)]);
  const isAllowed = (path: string) =>
    expected.has(path) || isAssetFolder(path) || (assets === undefined && isInAssetFolder(path));
  return {
    missing: [...expected].filter((path) => !paths.has(path)),
    added: [...paths].filter((path) => !isAllowed(path)),
    present: (assets ?? []).filter(({ path }) => paths.has(path)),
  };
}
