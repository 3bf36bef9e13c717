import { join } from "node:path";
import type { DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { downloadAsset } from "./download/download-asset.js";
import { AssetFile } from "./folder/asset-file.js";
import { reuseFile } from "./folder/reuse.js";
import { readChecksum } from "./package/digest.js";
import type { CheckableAsset, ChecksumMismatch } from "./package/proof.js";
import type { IngestedAsset } from "./result.js";

/** An asset that can be downloaded and checked. */
export type StageableAsset = DownloadableAsset & { readonly asset: CheckableAsset };

/** An asset that is in staging: complete, checked and on the disk. */
interface StagedAsset {
  readonly asset: IngestedAsset;
  readonly checksumMismatches: readonly ChecksumMismatch[];
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

/** A digest of the whole file that proves nothing, because another one does, but is compared. */
interface WholeChecksum {
  readonly source: "fileChecksum" | "hash2";
  readonly algorithm: string;
  /** Lower-case hex. */
  readonly hex: string;
}

function wholeChecksums({ checkedBy, hash2 }: CheckableAsset, fileChecksum: string | undefined) {
  const checksums: WholeChecksum[] = [];
  const checksum = readChecksum(fileChecksum);
  if (checksum) checksums.push({ source: "fileChecksum", ...checksum });
  const isCompared = checkedBy === "chunks" && hash2 !== undefined;
  if (isCompared) checksums.push({ source: "hash2", algorithm: "sha256", hex: hash2 });
  return checksums;
}

/** Digests of a complete file, each computed once. */
async function digestWhole(
  file: AssetFile,
  algorithms: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const algorithm of algorithms) digests.set(algorithm, await file.wholeDigest(algorithm));
  return digests;
}

/** Puts one asset into staging: reuses what is on disk, and downloads the rest. */
export async function stageAsset(
  { asset, url, keyBlob, fileChecksum }: StageableAsset,
  { root, reuseFolders, cdn, onBytes }: StageContext,
): Promise<StagedAsset> {
  const { kind, id, path, bytes, checkedBy } = asset;
  const { clock, signal } = cdn;
  const checksums = wholeChecksums(asset, fileChecksum);
  const wholeAlgorithms = [...new Set(checksums.map(({ algorithm }) => algorithm))];
  const stagedPath = join(root, path);
  const wasReused = await reuseFile(asset, reuseFolders, stagedPath, signal);
  const file = await AssetFile.open(asset, { path: stagedPath, wholeAlgorithms, onBytes, clock, signal });
  try {
    const reused = file.chunks.complete && (wasReused || file.isLinked);
    await downloadAsset(file, url, cdn);
    const resumedBytes = reused ? 0 : Math.max(0, bytes - file.bytesWritten);
    const digests = await digestWhole(file, wholeAlgorithms);
    await file.sync();
    const checksumMismatches = checksums.flatMap(({ source, algorithm, hex: expected }) => {
      const found = digests.get(algorithm);
      if (found === undefined || found === expected) return [];
      return [{ id, path, source, algorithm, expected, found }];
    });
    const staged = { id, kind, path, bytes, keyBlob, checkedBy, reused, resumedBytes };
    return { asset: staged, checksumMismatches };
  } finally {
    file.close();
  }
}
