import { join } from "node:path";
import { type DownloadContext, downloadAsset } from "./download/download.js";
import { AssetFile } from "./folder/asset-file.js";
import type { Location } from "./folder/location.js";
import { takeOver } from "./folder/reuse.js";
import { readChecksum } from "./package/digest.js";
import type { ChecksumMismatch, IngestedAsset } from "./result.js";
import type { AssetSource } from "./source.js";

/** An asset that is in staging, complete, checked and on the disk. */
export interface ObtainedAsset extends IngestedAsset {
  checksumMismatch: ChecksumMismatch | undefined;
}

/** Gets one asset into staging: takes over what a donor folder has, keeps what is there, fetches the rest. */
export async function obtainAsset(
  source: AssetSource,
  donors: readonly string[],
  location: Location,
  context: DownloadContext,
  onBytes: (bytes: number) => void,
): Promise<ObtainedAsset> {
  const { asset } = source;
  const { kind, id, path, bytes } = asset;
  const { signal } = context;
  const checksum = readChecksum(source.fileChecksum);
  const staged = join(location.package, path);
  const taken = await takeOver(asset, donors, staged, signal);
  const file = await AssetFile.open(asset, staged, { checksum, onBytes, signal });
  try {
    const reused = file.complete && (taken || file.linked);
    await downloadAsset(file, source.url, context);
    const found = await file.checksumFound();
    const checksumMismatch =
      checksum && found
        ? { id, path, algorithm: checksum.algorithm, expected: checksum.hex, found }
        : undefined;
    await file.sync();
    return { id, kind, path, bytes, keyBlob: source.keyBlob, reused, checksumMismatch };
  } finally {
    file.close();
  }
}
