import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { show } from "../../checks.js";
import { IngestError } from "../errors.js";
import { MANIFEST_FILE, SIGNATURE_FILE } from "./layout.js";
import { MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, MAX_ZIP_ENTRIES } from "./limits.js";
import { clashKey, pathProblem } from "./names.js";

function refuse(problem: string): never {
  throw new IngestError("package-zip", `The package zip ${problem}. The package was refused.`);
}

const SYMBOLIC_LINK = 0xa;
const REGULAR_OR_UNSET = [0x0, 0x8];
const DIRECTORY = 0x4;

/** Refuses an entry that Apple's zips never have, even if its content is not needed. */
function checkEntry(entry: Entry): void {
  // An extra field can replace a dangerous name by a harmless one, so the raw bytes are checked too.
  for (const name of [entry.fileName, entry.fileNameRaw.toString("latin1")]) {
    const problem = pathProblem(name.replace(/\/$/, ""));
    if (problem !== undefined) refuse(`has an entry ${show(name)} that ${problem}`);
  }
  // The Unix file type, if the zip was made on Unix.
  const type = entry.externalFileAttributes >>> 28;
  if (type === SYMBOLIC_LINK) refuse(`has a symbolic link ${show(entry.fileName)}`);
  if (!REGULAR_OR_UNSET.includes(type) && type !== DIRECTORY)
    refuse(`has a special file ${show(entry.fileName)}`);
}

/** Inflates one entry and counts the bytes that come out, because the sizes written in a zip may be wrong. */
async function inflate(zip: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
  if (entry.isEncrypted()) refuse(`has an encrypted entry ${show(entry.fileName)}`);
  // The system provides this memory page by page as it is written, so a wrong size costs nothing.
  const content = Buffer.allocUnsafeSlow(Math.min(entry.uncompressedSize, limit));
  let bytes = 0;
  for await (const part of await zip.openReadStreamPromise(entry)) {
    if (bytes + part.length > content.length)
      refuse(`has an entry ${show(entry.fileName)} that inflates to more bytes than allowed`);
    content.set(part, bytes);
    bytes += part.length;
  }
  if (crc32(content.subarray(0, bytes)) !== entry.crc32)
    refuse(`has an entry ${show(entry.fileName)} with a wrong CRC`);
  return content.subarray(0, bytes);
}

/**
 * Reads `manifest.json` and `signature` from a package zip, which may come from anyone. Other entries are ignored if
 * their names are harmless, and never inflated.
 *
 * @throws IngestError with reason `package-zip`, or `signature` if there is none
 */
export async function readPackageZip(
  bytes: Buffer,
): Promise<{ readonly manifest: Buffer; readonly signature: Buffer }> {
  try {
    const zip = await fromBufferPromise(bytes, { strictFileNames: true });
    if (zip.entryCount > MAX_ZIP_ENTRIES) refuse(`claims ${zip.entryCount} entries`);
    const names = new Set<string>();
    let manifest: Buffer | undefined;
    let signature: Buffer | undefined;
    for await (const entry of zip.eachEntry()) {
      checkEntry(entry);
      const key = clashKey(entry.fileName.replace(/\/$/, ""));
      if (names.has(key)) refuse(`has two entries named ${show(entry.fileName)} (ignoring letter case)`);
      names.add(key);
      if (entry.fileName === MANIFEST_FILE) manifest = await inflate(zip, entry, MAX_MANIFEST_BYTES);
      if (entry.fileName === SIGNATURE_FILE) signature = await inflate(zip, entry, MAX_SIGNATURE_BYTES);
    }
    if (manifest === undefined) refuse(`has no ${MANIFEST_FILE}`);
    if (signature === undefined || signature.length === 0) {
      const message = `The package zip has no ${SIGNATURE_FILE}. The package was refused (signature: missing).`;
      throw new IngestError("signature", message);
    }
    return { manifest, signature };
  } catch (error) {
    if (error instanceof IngestError) throw error;
    return refuse(`is damaged or hostile (${show(error instanceof Error ? error.message : error)})`);
  }
}
