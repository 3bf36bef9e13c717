import { createHash, type Hash } from "node:crypto";
import { ChunkHash } from "./digest.js";
import type { CheckableAsset, ChecksumMismatch } from "./proof.js";
import type { CorruptFile } from "./verify-report.js";

interface AssetResult {
  readonly corrupt?: CorruptFile | undefined;
  /** If the chunks are right and the whole file does not have the signature's SHA-256. */
  readonly mismatch?: ChecksumMismatch | undefined;
}

/** Digests the bytes of an asset, in order, and compares them with the digests that prove it. */
export class AssetDigester {
  readonly #asset: CheckableAsset;
  readonly #chunks: ChunkHash;
  readonly #found: string[] = [];
  // Of a file with one chunk, the chunk's SHA-256 is enough.
  readonly #whole: Hash | undefined;

  constructor(asset: CheckableAsset) {
    this.#asset = asset;
    this.#chunks = new ChunkHash(asset.algorithm, asset.chunkSize);
    const isKnown = asset.digests.length === 1 && asset.algorithm === "sha256";
    this.#whole = asset.hash2 !== undefined && !isKnown ? createHash("sha256") : undefined;
  }

  update(bytes: Uint8Array): void {
    this.#whole?.update(bytes);
    this.#chunks.update(bytes, this.#asset.bytes, (_, digest) => this.#found.push(digest));
  }

  /** The result, after the last byte. */
  finish(): AssetResult {
    const { id, path, digests, hash2 } = this.#asset;
    const chunk = digests.findIndex((digest, index) => digest !== this.#found[index]);
    if (chunk !== -1) return { corrupt: this.#corruptFile(chunk) };
    const found = this.#whole?.digest("hex") ?? this.#found[0];
    if (found === undefined || hash2 === undefined || found === hash2) return {};
    return { mismatch: { id, path, source: "hash2", algorithm: "sha256", expected: hash2, found } };
  }

  #corruptFile(chunk: number): CorruptFile {
    const { path, algorithm, digests, checkedBy } = this.#asset;
    const found = this.#found[chunk] ?? "no bytes";
    if (checkedBy === "chunks") {
      return {
        path,
        reason: `chunk ${chunk}: expected ${algorithm} ${digests[chunk]}, found ${found}`,
        chunk,
      };
    }
    return { path, reason: `expected ${algorithm} ${digests[0]} as the signature says, found ${found}` };
  }
}
