import type { ExpectedContent } from "./content.js";

const MIB = 1024 * 1024;

// S3's limits: every part but the last has at least 5 MiB, and there are at most 10,000.
const MIN_PART_BYTES = 5 * MIB;
const MAX_PARTS = 10_000;

// Chunks that cannot be cut into smaller equal parts are held in memory up to this size.
const MAX_CHUNK_PART_BYTES = 16 * MIB;

/** A file up to this size is stored by one request instead of a multipart upload's four or more. */
export const MAX_SINGLE_PUT_BYTES = 8 * MIB;

/**
 * How an asset is cut into parts. All parts have the same size but the last, which some stores (R2) require.
 *
 * A unit is the smallest number of whole chunks that is also a number of whole parts: usually one chunk of 10 MiB, which
 * is two parts. Whether a unit's bytes are right is known when its last part is full, so that part is sent last, and
 * only if they are: a unit whose last part the store has is right.
 */
export interface PartPlan {
  readonly partBytes: number;
  /** A multiple of `partBytes`; `bytes` or more if only the whole file's digest is known. */
  readonly unitBytes: number;
  readonly parts: number;
}

/** The largest number of equal parts, none of them smaller than `minBytes`, that a chunk can be cut into. */
function partsPerChunk(chunkSize: number, minBytes: number): number {
  let parts = Math.floor(chunkSize / minBytes);
  while (chunkSize % parts !== 0) parts -= 1;
  return parts;
}

/** Plans the parts of an asset that is larger than {@link MAX_SINGLE_PUT_BYTES}. */
export function planParts({ bytes, chunkSize }: Pick<ExpectedContent, "bytes" | "chunkSize">): PartPlan {
  const minBytes = Math.max(MIN_PART_BYTES, Math.ceil(bytes / MAX_PARTS));
  const unitBytes = chunkSize * Math.ceil(minBytes / chunkSize);
  const partBytes = chunkSize < minBytes ? unitBytes : chunkSize / partsPerChunk(chunkSize, minBytes);
  const isTooLarge = partBytes > Math.max(MAX_CHUNK_PART_BYTES, 2 * minBytes);
  if (unitBytes < bytes && !isTooLarge) return { partBytes, unitBytes, parts: Math.ceil(bytes / partBytes) };
  // Only the end of the file, or of a chunk that is too large for the memory, shows whether the bytes are right.
  const parts = Math.ceil(bytes / minBytes);
  return { partBytes: minBytes, unitBytes: parts * minBytes, parts };
}
