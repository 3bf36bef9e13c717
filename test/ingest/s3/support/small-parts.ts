/**
 * For tests that send the same asset again and again: parts, and the largest object of one PUT, are 64 times smaller than
 * S3's. vitest.config.ts runs this before the files of its project "bucket-small-parts".
 */
import { vi } from "vitest";
import type { ExpectedContent } from "../../../../src/ingest/s3/content.js";
import { startS3Server } from "../../../support/s3-server.js";

const SCALE = 64;

/** A number of bytes for S3's sizes, as it is in these tests. */
export function scaled(bytes: number): number {
  return Math.ceil(bytes / SCALE);
}

vi.mock(import("../../../../src/ingest/s3/part-plan.js"), async (importOriginal) => {
  const real = await importOriginal();
  return {
    ...real,
    MAX_SINGLE_PUT_BYTES: scaled(real.MAX_SINGLE_PUT_BYTES),
    planParts({ bytes, chunkSize }: Pick<ExpectedContent, "bytes" | "chunkSize">) {
      const plan = real.planParts({ bytes: bytes * SCALE, chunkSize: chunkSize * SCALE });
      return { ...plan, partBytes: plan.partBytes / SCALE };
    },
  };
});

/** Starts a fake for one test, whose smallest part is smaller too. */
export async function startSmallPartsServer() {
  const server = await startS3Server();
  server.bucket.minPartBytes = scaled(server.bucket.minPartBytes);
  return server;
}
