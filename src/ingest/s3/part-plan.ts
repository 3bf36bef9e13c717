import type { ByteRange } from "../package/chunk-tracker.js";
import type { ExpectedContent } from "./content.js";

const MIB = 1024 * 1024;

// S3's limits: every part but the last has at least 5 MiB, and there are at most 10,000.
const MIN_PART_BYTES = 5 * MIB;
const MAX_PARTS = 10_000;

// A part that is checked before it is sent is held in memory as a whole, up to this size.
const MAX_CHECKED_PART_BYTES = 16 * MIB;

/** A file up to this size is stored by one request instead of a multipart upload's four or more. */
export const MAX_SINGLE_PUT_BYTES = 8 * MIB;

/** How an asset is cut into parts. All parts have the same size but the last, which some stores (R2) require. */
export interface PartPlan {
  readonly partBytes: number;
  readonly parts: number;
  /**
   * Whether each part consists of whole chunks, usually of one of 10 MiB. Then it is sent only if its bytes are right, so
   * that every part that the store has is right, no matter which worker sent it, and a later run can keep it.
   */
  readonly isChecked: boolean;
}

/** Plans the parts of an asset that is larger than {@link MAX_SINGLE_PUT_BYTES}. */
export function planParts({ bytes, chunkSize }: Pick<ExpectedContent, "bytes" | "chunkSize">): PartPlan {
  const minBytes = Math.max(MIN_PART_BYTES, Math.ceil(bytes / MAX_PARTS));
  const wholeChunks = chunkSize * Math.ceil(minBytes / chunkSize);
  const isChecked = wholeChunks < bytes && wholeChunks <= Math.max(MAX_CHECKED_PART_BYTES, 2 * minBytes);
  // Otherwise only the end of the file, or of a chunk that is too large for the memory, shows whether the bytes are right.
  const partBytes = isChecked ? wholeChunks : minBytes;
  return { partBytes, parts: Math.ceil(bytes / partBytes), isChecked };
}

/** The bytes of a part, which are counted from 1. */
export function partRange({ partBytes }: PartPlan, bytes: number, number: number): ByteRange {
  const start = (number - 1) * partBytes;
  return { start, end: Math.min(start + partBytes, bytes) };
}
