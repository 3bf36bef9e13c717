import { crc32 } from "node:zlib";
import { fromBufferPromise } from "yauzl";
import { SpecError } from "../document/spec.js";

/** Whether these bytes begin as a zip does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

/**
 * The JSON files in a zip, by name; folders and what macOS adds are passed over.
 * @throws SpecError when the zip is broken, or holds more than `maxBytes` of JSON.
 */
export async function readJsonEntries(
  zip: Uint8Array,
  name: string,
  maxBytes: number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  let left = maxBytes;
  try {
    const file = await fromBufferPromise(Buffer.from(zip));
    for await (const entry of file.eachEntry()) {
      if (!isJson(entry.fileName)) continue;
      left -= entry.uncompressedSize;
      if (left < 0) throw new SpecError(`${name} holds more than ${maxBytes} bytes of JSON`);
      const stream = await file.openReadStreamPromise(entry);
      const chunks: Buffer[] = [];
      // yauzl sees to it that no more comes out than the entry claims, but does not check the CRC.
      for await (const chunk of stream) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      if (crc32(content) !== entry.crc32)
        throw new SpecError(`${name} is damaged: wrong CRC of ${entry.fileName}`);
      found.set(entry.fileName, content);
    }
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(`${name} is not a readable zip: ${error instanceof Error ? error.message : error}`);
  }
  return found;
}

function isJson(path: string): boolean {
  const parts = path.split("/");
  const hidden = parts.includes("__MACOSX") || parts.some((part) => part.startsWith("."));
  return !hidden && /\.json$/i.test(path);
}
