import { crc32 } from "node:zlib";
import { fromBufferPromise } from "yauzl";
import { oneLine, SpecError } from "../document/spec.js";
import { sizeText } from "./size-text.js";

/** What is in a zip, without folders and the files that macOS adds. */
export interface ZipContent {
  /** The JSON files, by name. */
  readonly json: ReadonlyMap<string, Buffer>;
  /** The names of the other files. */
  readonly others: readonly string[];
}

/**
 * Reads the JSON files in a zip.
 * @throws SpecError when the zip is broken, or contains more than `maxBytes` of JSON.
 */
export async function readJsonEntries(zip: Uint8Array, name: string, maxBytes: number): Promise<ZipContent> {
  const json = new Map<string, Buffer>();
  const others: string[] = [];
  let left = maxBytes;
  try {
    const file = await fromBufferPromise(Buffer.from(zip));
    for await (const entry of file.eachEntry()) {
      if (isFolderOrHidden(entry.fileName)) continue;
      if (!/\.json$/i.test(entry.fileName)) {
        others.push(entry.fileName);
        continue;
      }
      if (entry.isEncrypted())
        throw new SpecError(`${name} is protected by a password: unpack it, and name the JSON file in it`);
      left -= entry.uncompressedSize;
      if (left < 0) throw new SpecError(`${name} holds more than ${sizeText(maxBytes)} of JSON`);
      const stream = await file.openReadStreamPromise(entry);
      const chunks: Buffer[] = [];
      // yauzl checks the size of the content, but not its CRC.
      for await (const chunk of stream) chunks.push(chunk);
      const content = Buffer.concat(chunks);
      if (crc32(content) !== entry.crc32)
        throw new SpecError(`${name} is damaged: download it again (wrong CRC of ${entry.fileName})`);
      json.set(entry.fileName, content);
    }
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(
      `${name} is not a readable zip, or only a part of one: download it again (${oneLine(error)})`,
    );
  }
  return { json, others };
}

function isFolderOrHidden(path: string): boolean {
  const parts = path.split("/");
  return parts.at(-1) === "" || parts.some((part) => part === "__MACOSX" || part.startsWith("."));
}
