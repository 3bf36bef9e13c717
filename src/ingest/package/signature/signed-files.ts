import { types } from "node:util";
import { maxObjectCount, parseBuffer, setMaxObjectCount } from "bplist-parser";
import { isObject } from "../../../json.js";
import { checkPlist, MAX_OBJECTS, refuseList } from "./check-plist.js";

const HASH_BYTES = 32;
const HASH_KEY = "hash2";

function parse(bytes: Buffer): unknown {
  checkPlist(bytes);
  // The library's limit holds for the whole process, and is lower by default.
  if (maxObjectCount < MAX_OBJECTS) setMaxObjectCount(MAX_OBJECTS);
  try {
    return parseBuffer<unknown>(bytes)[0];
  } catch {
    return refuseList("cannot be read");
  }
}

/**
 * Reads the signed list of a package's files: the SHA-256 (lower-case hex) of each, by path. Fields that are not known
 * are ignored.
 *
 * @param content the content of a verified message
 * @throws SignatureProblem with reason `malformed`
 */
export function readSignedFiles(content: Uint8Array): ReadonlyMap<string, string> {
  const list = parse(Buffer.from(content.buffer, content.byteOffset, content.length));
  if (!isObject(list) || list.version !== 1) refuseList("is not of version 1");
  if (!isObject(list.resources)) refuseList("has no resources");
  const files = new Map<string, string>();
  for (const [path, entry] of Object.entries(list.resources)) {
    const hash = isObject(entry) ? entry[HASH_KEY] : undefined;
    if (!types.isUint8Array(hash) || hash.length !== HASH_BYTES) refuseList("has a file without a SHA-256");
    files.set(path, Buffer.from(hash).toString("hex"));
  }
  return files;
}
