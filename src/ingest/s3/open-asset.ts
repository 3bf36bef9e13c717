import type { AssetWriter } from "../store.js";
import {
  type AssetTarget,
  hasContent,
  SmallAssetWriter,
  storedAsset,
  type WriterContext,
} from "./asset-writer.js";
import { LargeAssetWriter } from "./large-asset.js";
import { MAX_SINGLE_PUT_BYTES } from "./part-plan.js";

/** A place that may have the same asset: usually the same path below another prefix. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
}

/** The largest object that the store copies by one request. A larger one is downloaded. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;

/** Copies the asset from the first source that has it. Its metadata, copied too, shows that it is the same content. */
async function copyAsset(
  { objects }: WriterContext,
  { key, content }: AssetTarget,
  sources: readonly CopySource[],
): Promise<boolean> {
  if (content.bytes > MAX_COPY_BYTES) return false;
  for (const source of sources) {
    const isSame = await hasContent(objects, source.key, content, source.bucket);
    // The source may have been replaced after it was looked at.
    if (isSame && (await objects.copy(source, key)) && (await hasContent(objects, key, content))) return true;
  }
  return false;
}

/**
 * Opens an asset for writing. It is complete at once if it is there, or at one of the sources; otherwise what an earlier
 * run left of it is kept.
 */
export async function openAsset(
  context: WriterContext,
  target: AssetTarget,
  sources: readonly CopySource[] = [],
): Promise<AssetWriter> {
  const { objects, found } = context;
  const { key, content } = target;
  if (found.get(key) === content.bytes && (await hasContent(objects, key, content)))
    return storedAsset(content);
  if (await copyAsset(context, target, sources)) return storedAsset(content);
  if (content.bytes <= MAX_SINGLE_PUT_BYTES) return new SmallAssetWriter(context, target);
  return LargeAssetWriter.open(context, target);
}
