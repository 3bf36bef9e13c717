import { createHash } from "node:crypto";
import { isComputable } from "../package/digest.js";
import type { AssetTarget, WriterContext } from "./asset-writer.js";
import { assetInfo, type ExpectedContent, fingerprintOf } from "./content.js";
import { abortOldUploads } from "./old-uploads.js";
import { type PartPlan, partRange } from "./part-plan.js";
import type { ListedPart, OpenUpload, UploadedPart } from "./uploads.js";

/**
 * An upload that a later run can continue. S3 lists the parts of an open upload, but neither its metadata nor its bytes.
 * So there is a second open upload of the same key, the marker, which is never completed. The ETag of its only part,
 * which is the MD5 of a text, shows that the first upload is of this very content, cut into these parts. Where an ETag is
 * no MD5 (with SSE-KMS or SSE-C), or Node has no MD5 (in FIPS mode), no upload is continued.
 */
export interface MarkedUpload {
  readonly upload: OpenUpload;
  /** Undefined if no later run can continue the upload. */
  readonly marker: OpenUpload | undefined;
}

/** The content of a marker. */
function markerText(content: ExpectedContent, { partBytes }: PartPlan, { id }: OpenUpload): Buffer {
  // Format 1 had parts that nobody had checked.
  const text = { format: 2, fingerprint: fingerprintOf(content), partBytes, upload: id };
  return Buffer.from(JSON.stringify(text));
}

/** Starts an upload, with its marker if its parts are checked. */
export async function createUpload(
  { uploads }: WriterContext,
  { key, content }: AssetTarget,
  plan: PartPlan,
): Promise<MarkedUpload> {
  const info = assetInfo(fingerprintOf(content));
  const upload = await uploads.create(key, info);
  if (!plan.isChecked) return { upload, marker: undefined };
  const marker = await uploads.create(key, info);
  await uploads.putPart(marker, 1, { bytes: markerText(content, plan, upload) });
  return { upload, marker };
}

/** Whether these are the parts of the marker with this text. */
function isMarker(parts: readonly ListedPart[], text: Uint8Array): boolean {
  const [part] = parts;
  if (!isComputable("md5")) return false;
  const md5 = createHash("md5").update(text).digest("hex");
  return parts.length === 1 && part?.number === 1 && part.etag.replaceAll('"', "") === md5;
}

/** The parts that have the size and number of one in the plan. */
function plannedParts(listed: readonly ListedPart[], plan: PartPlan, bytes: number): UploadedPart[] {
  return listed.filter((part) => {
    if (!Number.isInteger(part.number) || part.number < 1 || part.number > plan.parts) return false;
    const { start, end } = partRange(plan, bytes, part.number);
    return part.bytes === end - start;
  });
}

/** The open uploads of one key. */
async function openUploadsOf(
  { uploads, openUploads }: WriterContext,
  key: string,
): Promise<readonly OpenUpload[]> {
  if (openUploads.size > 0) return openUploads.get(key) ?? [];
  // MinIO lists nothing for the prefix of a folder, but for the whole key.
  return (await abortOldUploads(uploads, await uploads.list(key))).get(key) ?? [];
}

/** Looks for the open upload of this content that has most of it. Its parts need not be sent again. */
export async function findUpload(
  context: WriterContext,
  { key, content }: AssetTarget,
  plan: PartPlan,
): Promise<(MarkedUpload & { readonly parts: readonly UploadedPart[] }) | undefined> {
  if (!plan.isChecked) return undefined;
  const open: { readonly upload: OpenUpload; readonly parts: readonly ListedPart[] }[] = [];
  for (const upload of await openUploadsOf(context, key)) {
    open.push({ upload, parts: await context.uploads.listParts(upload) });
  }
  const found = open.flatMap(({ upload, parts }) => {
    const text = markerText(content, plan, upload);
    const marker = open.find((other) => isMarker(other.parts, text))?.upload;
    return marker ? [{ upload, marker, parts: plannedParts(parts, plan, content.bytes) }] : [];
  });
  return found.sort((a, b) => b.parts.length - a.parts.length)[0];
}
