import { join } from "node:path";
import type { DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { downloadAsset } from "./download/download-asset.js";
import { AssetFile } from "./folder/asset-file.js";
import { reuseFile } from "./folder/reuse.js";
import { readChecksum } from "./package/digest.js";
import type { ChecksumMismatch, IngestedAsset } from "./result.js";

/** An asset that is in staging: complete, checked and on the disk. */
interface StagedAsset {
  readonly asset: IngestedAsset;
  readonly checksumMismatch: ChecksumMismatch | undefined;
}

/** Where the bytes of assets come from and go to. */
interface StageContext {
  /** The package folder in staging. */
  readonly root: string;
  /** Folders of other packages that may contain the same assets. */
  readonly reuseFolders: readonly string[];
  readonly cdn: CdnClient;
  /** Called with the number of bytes gained; a negative number when a chunk turns out wrong. */
  readonly onBytes: (bytes: number) => void;
}

/** Puts one asset into staging: reuses what is on disk, and downloads the rest. */
export async function stageAsset(
  { asset, url, keyBlob, fileChecksum }: DownloadableAsset,
  { root, reuseFolders, cdn, onBytes }: StageContext,
): Promise<StagedAsset> {
  const { kind, id, path, bytes } = asset;
  const { clock, signal } = cdn;
  const checksum = readChecksum(fileChecksum);
  const stagedPath = join(root, path);
  const wasReused = await reuseFile(asset, reuseFolders, stagedPath, signal);
  const wholeAlgorithm = checksum?.algorithm;
  const file = await AssetFile.open(asset, { path: stagedPath, wholeAlgorithm, onBytes, clock, signal });
  try {
    const reused = file.chunks.complete && (wasReused || file.isLinked);
    await downloadAsset(file, url, cdn);
    const resumedBytes = reused ? 0 : Math.max(0, bytes - file.bytesWritten);
    const found = await file.wholeDigest();
    await file.sync();
    const checksumMismatch =
      checksum && found !== undefined && found !== checksum.hex
        ? { id, path, algorithm: checksum.algorithm, expected: checksum.hex, found }
        : undefined;
    return { asset: { id, kind, path, bytes, keyBlob, reused, resumedBytes }, checksumMismatch };
  } finally {
    file.close();
  }
}
