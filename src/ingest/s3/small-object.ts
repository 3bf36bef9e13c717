import type { S3Objects } from "./objects.js";
import { readBody } from "./read-object.js";

/** A small object as it was read. */
export interface SmallObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads an object that is expected to be small. Undefined if there is none. One with more than `maxBytes` comes without
 * bytes, so that it fits nothing, but can be replaced.
 */
export async function readSmallObject(
  objects: S3Objects,
  key: string,
  maxBytes: number,
): Promise<SmallObject | undefined> {
  const found = await objects.get(key);
  if (!found) return undefined;
  const { bytes, etag, metadata } = found;
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop closes the connection.
  for await (const part of readBody(objects, key, found)) {
    length += part.length;
    // An answer may come without its length.
    if (Math.max(bytes, length) > maxBytes) return { bytes: Buffer.alloc(0), etag, metadata };
    parts.push(part);
  }
  return { bytes: Buffer.concat(parts), etag, metadata };
}
