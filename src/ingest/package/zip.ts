import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { IngestError, quote } from "../errors.js";
import { MAX_MANIFEST_BYTES } from "./manifest.js";
import { clashKey, pathFault } from "./names.js";

/** The largest package zip that is taken, in bytes; it holds two small files. */
export const MAX_ZIP_BYTES = 48 * 1024 * 1024;
const MAX_SIGNATURE_BYTES = 8 * 1024 * 1024;
const MAX_ENTRIES = 1000;

function refuse(what: string, cause?: unknown): never {
  throw new IngestError("package-zip", `The package zip ${what}. The package was refused.`, { cause });
}

const SYMBOLIC_LINK = 0xa;
const REGULAR_OR_UNSAID = [0x0, 0x8];
const DIRECTORY = 0x4;

/** Refuses an entry no honest zip has, whether its content is wanted or not. */
function checkEntry(entry: Entry): void {
  // The bytes as they stand count too: an extra field may show another, harmless name for them.
  for (const name of [entry.fileName, entry.fileNameRaw.toString("latin1")]) {
    const fault = pathFault(name.replace(/\/$/, ""));
    if (fault !== undefined) refuse(`has an entry ${quote(name)} that ${fault}`);
  }
  // Unix file type, in the upper half of the attributes where the zip was made on Unix.
  const type = entry.externalFileAttributes >>> 28;
  if (type === SYMBOLIC_LINK) refuse(`has a symbolic link ${quote(entry.fileName)}`);
  if (!REGULAR_OR_UNSAID.includes(type) && type !== DIRECTORY)
    refuse(`has a special file ${quote(entry.fileName)}`);
}

/** Inflates one entry, counting what really comes out: the sizes in the zip are its maker's claim. */
async function inflate(zip: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
  if (entry.isEncrypted()) refuse(`holds ${quote(entry.fileName)} encrypted`);
  // Room for what is claimed at most; memory that stays untouched costs nothing.
  const content = Buffer.allocUnsafeSlow(Math.min(entry.uncompressedSize, limit));
  let bytes = 0;
  for await (const part of await zip.openReadStreamPromise(entry)) {
    if (bytes + part.length > content.length) refuse(`inflates ${quote(entry.fileName)} to more than it may`);
    content.set(part, bytes);
    bytes += part.length;
  }
  if (crc32(content.subarray(0, bytes)) !== entry.crc32)
    refuse(`holds ${quote(entry.fileName)} with a wrong CRC`);
  return content.subarray(0, bytes);
}

/**
 * Takes `manifest.json` and `signature` out of the package zip, which nobody has vouched for. Other entries are
 * ignored if their names are harmless, and never inflated.
 *
 * @throws IngestError with reason `package-zip`
 */
export async function readPackageZip(bytes: Buffer): Promise<{ manifest: Buffer; signature: Buffer }> {
  try {
    const zip = await fromBufferPromise(bytes, { strictFileNames: true });
    if (zip.entryCount > MAX_ENTRIES) refuse(`claims ${zip.entryCount} entries`);
    const names = new Set<string>();
    let manifest: Buffer | undefined;
    let signature: Buffer | undefined;
    for await (const entry of zip.eachEntry()) {
      checkEntry(entry);
      const key = clashKey(entry.fileName.replace(/\/$/, ""));
      if (names.has(key)) refuse(`has two entries named ${quote(entry.fileName)} (letter case aside)`);
      names.add(key);
      if (entry.fileName === "manifest.json") manifest = await inflate(zip, entry, MAX_MANIFEST_BYTES);
      if (entry.fileName === "signature") signature = await inflate(zip, entry, MAX_SIGNATURE_BYTES);
    }
    if (manifest === undefined) refuse("has no manifest.json");
    if (signature === undefined || signature.length === 0) refuse("has no signature");
    return { manifest, signature };
  } catch (error) {
    if (error instanceof IngestError) throw error;
    return refuse(`is damaged or hostile (${quote(error instanceof Error ? error.message : error)})`);
  }
}
