/**
 * Parts, and the largest object of one PUT, 64 times smaller than S3's: for tests that send the same asset again and
 * again. Such a test replaces src/ingest/s3/part-plan.ts by {@link withSmallParts}, in a process of its own.
 */
import type * as PartPlan from "../../../../src/ingest/s3/part-plan.js";
import { startS3Server } from "../../../support/s3-server.js";

const SCALE = 64;

/** A number of bytes for S3's sizes, as it is in these tests. */
export function scaled(bytes: number): number {
  return Math.ceil(bytes / SCALE);
}

/** The module with smaller sizes. */
export function withSmallParts(real: typeof PartPlan): typeof PartPlan {
  return {
    ...real,
    MAX_SINGLE_PUT_BYTES: scaled(real.MAX_SINGLE_PUT_BYTES),
    planParts({ bytes, chunkSize }) {
      const plan = real.planParts({ bytes: bytes * SCALE, chunkSize: chunkSize * SCALE });
      return { ...plan, partBytes: plan.partBytes / SCALE };
    },
  };
}

/** Starts a fake for one test, whose smallest part is smaller too. */
export async function startSmallPartsServer() {
  const server = await startS3Server();
  server.bucket.minPartBytes = scaled(server.bucket.minPartBytes);
  return server;
}
