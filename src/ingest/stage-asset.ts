import { createHash, type Hash } from "node:crypto";
import type { DownloadableAsset } from "./api-reader.js";
import type { CdnClient } from "./download/cdn-client.js";
import { downloadAsset } from "./download/download-asset.js";
import { ChunkTracker } from "./package/chunk-tracker.js";
import { readChecksum } from "./package/digest.js";
import type { CheckableAsset, ChecksumMismatch } from "./package/proof.js";
import type { IngestedAsset } from "./result.js";
import type { AssetWriter, StoreChange } from "./store.js";

/** An asset that can be downloaded and checked. */
export type StageableAsset = DownloadableAsset & { readonly asset: CheckableAsset };

/** An asset that is stored: complete, checked and durable. */
interface StagedAsset {
  readonly asset: IngestedAsset;
  readonly checksumMismatches: readonly ChecksumMismatch[];
}

/** Where the bytes of assets come from and go to. */
interface StageContext {
  readonly change: StoreChange;
  readonly cdn: CdnClient;
  /** Called with the number of bytes gained; a negative number when a chunk turns out wrong. */
  readonly onBytes: (bytes: number) => void;
}

/** A digest of the whole file that is only compared: other digests prove the bytes. */
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

/** Digests of a complete file. Those that would need bytes that cannot be read again are left out. */
async function digestWhole(
  chunks: ChunkTracker,
  writer: AssetWriter,
  algorithms: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  const hashes = new Map<string, Hash>();
  for (const algorithm of algorithms) {
    const known = chunks.wholeDigest(algorithm);
    if (known !== undefined) digests.set(algorithm, known);
    else hashes.set(algorithm, createHash(algorithm));
  }
  if (hashes.size === 0 || !writer.readBack) return digests;
  await writer.readBack((bytes) => {
    for (const hash of hashes.values()) hash.update(bytes);
  });
  for (const [algorithm, hash] of hashes) digests.set(algorithm, hash.digest("hex"));
  return digests;
}

/** Finds out which bytes of an asset are stored already. */
async function findStored(chunks: ChunkTracker, writer: AssetWriter): Promise<void> {
  for (const range of writer.kept) chunks.keep(range);
  const isKept = await writer.readBack?.((bytes, position) => chunks.update(bytes, position));
  chunks.mismatches.length = 0;
  if (isKept === false) chunks.reset();
}

/** Stores one asset: reuses what is there, and downloads the rest. */
export async function stageAsset(
  { asset, url, keyBlob, fileChecksum }: StageableAsset,
  { change, cdn, onBytes }: StageContext,
): Promise<StagedAsset> {
  const { kind, id, path, bytes, checkedBy } = asset;
  const checksums = wholeChecksums(asset, fileChecksum);
  const wholeAlgorithms = [...new Set(checksums.map(({ algorithm }) => algorithm))];
  const chunks = new ChunkTracker(asset, { wholeAlgorithms, onBytes });
  const writer = await change.openAsset(asset, {
    isRight: (range) => chunks.isRight(range),
    onDropped: (range) => chunks.drop(range),
  });
  try {
    await findStored(chunks, writer);
    chunks.startFor = writer.startFor?.bind(writer);
    const reused = chunks.complete && writer.isReused;
    let written = 0;
    const write = (part: Uint8Array, position: number) => {
      // Before the write: this may throw what the caller's onProgress throws, and then no write may be under way.
      chunks.update(part, position);
      written += part.length;
      return writer.write(part, position);
    };
    await downloadAsset({ chunks, write, copiesBytes: writer.copiesBytes }, url, cdn);
    const resumedBytes = reused ? 0 : Math.max(0, bytes - written);
    const digests = await digestWhole(chunks, writer, wholeAlgorithms);
    await writer.finish();
    const checksumMismatches = checksums.flatMap(({ source, algorithm, hex: expected }) => {
      const found = digests.get(algorithm);
      if (found === undefined || found === expected) return [];
      return [{ id, path, source, algorithm, expected, found }];
    });
    const staged = { id, kind, path, bytes, keyBlob, checkedBy, reused, resumedBytes };
    return { asset: staged, checksumMismatches };
  } finally {
    await writer.close();
  }
}
