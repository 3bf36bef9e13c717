import { createHash } from "node:crypto";
import type { ExpectedContent } from "./content.js";
import { fingerprintOf } from "./content.js";
import type { PartPlan } from "./part-plan.js";
import type { ListedPart, UploadedPart } from "./uploads.js";

/**
 * What an open upload has as its last part until the real last part replaces it. S3 lists the parts of an open upload,
 * but neither its metadata nor its bytes. The ETag of this part, which is its MD5, shows that the upload is of this very
 * content, cut into these parts. Where an ETag is no MD5 (with SSE-KMS or SSE-C), no upload is resumed.
 */
export function uploadMarker(content: ExpectedContent, { partBytes, unitBytes }: PartPlan): Buffer {
  return Buffer.from(
    JSON.stringify({ format: 1, fingerprint: fingerprintOf(content), partBytes, unitBytes }),
  );
}

/** Whether an ETag is the MD5 of these bytes. */
function isMd5(etag: string, bytes: Uint8Array): boolean {
  return etag.replaceAll('"', "") === createHash("md5").update(bytes).digest("hex");
}

/**
 * The parts of an open upload that need not be sent again: those of the units that are complete. None unless the upload
 * has the marker.
 */
export function keptParts(
  listed: readonly ListedPart[],
  plan: PartPlan,
  marker: Uint8Array,
): readonly UploadedPart[] {
  const { partBytes, unitBytes, parts } = plan;
  const last = listed.find(({ number }) => number === parts);
  if (last === undefined || !isMd5(last.etag, marker)) return [];
  const partsPerUnit = unitBytes / partBytes;
  const units = new Map<number, UploadedPart[]>();
  for (const part of listed) {
    if (part.number >= parts || part.bytes !== partBytes) continue;
    const unit = Math.floor((part.number - 1) / partsPerUnit);
    units.set(unit, [...(units.get(unit) ?? []), part]);
  }
  return [...units.values()].filter(({ length }) => length === partsPerUnit).flat();
}
