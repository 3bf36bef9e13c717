import { show } from "../../checks.js";
import { isObject, parseJson } from "../../json.js";
import { IngestError } from "../errors.js";
import { ALL_ASSET_KINDS, ASSET_KINDS, type AssetKind } from "./asset-kinds.js";
import { type DigestAlgorithm, digestAlgorithm, isDigest } from "./digest.js";
import { assetPathProblem, MANIFEST_FILE } from "./layout.js";
import { MAX_ASSETS, MAX_MANIFEST_BYTES } from "./limits.js";
import type { Manifest } from "./manifest.js";
import { clashKey } from "./names.js";

/** One asset of a package, as ingest and verification need it. */
export interface PackageAsset {
  readonly kind: AssetKind;
  readonly id: string;
  /** Its path in the package: `variant/<file>` or `delta/<file>`. */
  readonly path: string;
  readonly bytes: number;
  readonly algorithm: DigestAlgorithm;
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /**
   * One digest for each chunk, in lower-case hex. The last chunk may be shorter. Empty if the manifest has no digests
   * of the file as it is downloaded.
   */
  readonly digests: readonly string[];
}

function refuse(where: string, problem: string): never {
  throw new IngestError("manifest", `${MANIFEST_FILE}: ${where} ${problem}. The package was refused.`);
}

type Fields = Readonly<Record<string, unknown>>;

function readObject(value: unknown, where: string): Fields {
  return isObject(value) ? value : refuse(where, "is not an object");
}

function readArray(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? value : refuse(where, "is not an array");
}

function readPositiveInteger(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  return refuse(where, `is not a positive whole number: ${show(value)}`);
}

interface ChunkDigests {
  readonly algorithm: DigestAlgorithm;
  readonly chunkSize: number;
  readonly digests: readonly string[];
}

/** The chunk digests of one hash, checked against the file's size. Undefined if none of it can be used here. */
function readHash(entry: unknown, bytes: number, where: string): ChunkDigests | undefined {
  const hash = readObject(entry, where);
  if (typeof hash.algorithm !== "string") refuse(`${where}.algorithm`, "is not a string");
  const algorithm = digestAlgorithm(hash.algorithm);
  if (algorithm === undefined) return undefined;
  const listName = `${where}.encryptedChunkDigests`;
  // Apple leaves it empty in some packages. The other list, unencryptedChunkDigests, is about the content before it was
  // encrypted, so the file cannot be checked against it.
  const listed = readArray(hash.encryptedChunkDigests ?? [], listName);
  if (listed.length === 0) return undefined;
  const chunkSize = readPositiveInteger(hash.chunkSize, `${where}.chunkSize`);
  const chunks = Math.ceil(bytes / chunkSize);
  if (listed.length !== chunks) {
    const sizes = `${bytes} bytes in chunks of ${chunkSize}`;
    refuse(listName, `has ${listed.length} digests where ${sizes} need ${chunks}`);
  }
  const digests = listed.map((digest, chunk) => {
    if (isDigest(digest, algorithm)) return digest.toLowerCase();
    return refuse(`${listName}[${chunk}]`, `is not a ${algorithm} digest: ${show(digest)}`);
  });
  return { algorithm, chunkSize, digests };
}

/** The first hash that has digests. Without one, another proof has to say whether the file is right. */
function readHashes(entries: readonly unknown[], bytes: number, where: string): ChunkDigests {
  const hashes = entries.flatMap((entry, index) => readHash(entry, bytes, `${where}[${index}]`) ?? []);
  return hashes[0] ?? { algorithm: "sha256", chunkSize: bytes, digests: [] };
}

function readAsset(value: unknown, kind: AssetKind, where: string): PackageAsset {
  const entry = readObject(value, where);
  const { publicId: id, assetPath: path } = entry;
  // The id becomes part of an API path, so it must not be able to change that path.
  if (typeof id !== "string" || !/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(id)) {
    refuse(`${where}.publicId`, `is not a resource id: ${show(id)}`);
  }
  if (typeof path !== "string") refuse(`${where}.assetPath`, "is not a string");
  const problem = assetPathProblem(path, kind);
  if (problem !== undefined) refuse(`${where}.assetPath`, `${show(path)} ${problem}`);
  const { detailsKey } = ASSET_KINDS[kind];
  const details = `${where}.${detailsKey}`;
  const { compressedSize, hashes } = readObject(entry[detailsKey], details);
  const bytes = readPositiveInteger(compressedSize, `${details}.compressedSize`);
  const hash = readHashes(readArray(hashes ?? [], `${details}.hashes`), bytes, `${details}.hashes`);
  return { kind, id, path, bytes, ...hash };
}

function readFields(bytes: Uint8Array): Fields {
  if (bytes.length > MAX_MANIFEST_BYTES) refuse("the file", `is larger than ${MAX_MANIFEST_BYTES} bytes`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("the file", "is not JSON in UTF-8");
  }
  const value = parseJson(text);
  return value === undefined ? refuse("the file", "is not JSON in UTF-8") : readObject(value, "the file");
}

/** The entries of each kind's list, before they are read: a list may be too long to read. */
function readLists(fields: Fields): { kind: AssetKind; entries: readonly unknown[] }[] {
  const lists = ALL_ASSET_KINDS.map((kind) => {
    const { listKey, required } = ASSET_KINDS[kind];
    const list = fields[listKey] ?? (required ? undefined : []);
    return { kind, entries: readArray(list, listKey) };
  });
  const count = lists.reduce((sum, { entries }) => sum + entries.length, 0);
  if (count > MAX_ASSETS) refuse("the file", `lists ${count} assets, the limit is ${MAX_ASSETS}`);
  return lists;
}

/** Refuses assets that would share an id or a file, or have an impossible size together. */
function checkTogether(assets: readonly PackageAsset[]): void {
  const ids = new Set<string>();
  const paths = new Set<string>();
  let total = 0;
  for (const { id, path, bytes } of assets) {
    if (ids.has(id)) refuse("publicId", `${show(id)} appears twice`);
    if (paths.has(clashKey(path))) refuse("assetPath", `${show(path)} appears twice (ignoring letter case)`);
    ids.add(id);
    paths.add(clashKey(path));
    total += bytes;
  }
  if (!Number.isSafeInteger(total)) refuse("the file", "adds up to an impossible size");
}

/**
 * Parses a manifest from an untrusted source, and checks everything that ingest relies on: names, ids, sizes and
 * digests. Unknown fields are kept.
 *
 * @throws IngestError with reason `manifest`
 */
export function parseManifest(bytes: Uint8Array): {
  readonly manifest: Manifest;
  readonly assets: readonly PackageAsset[];
} {
  const fields = readFields(bytes);
  const assets = readLists(fields).flatMap(({ kind, entries }) => {
    const { listKey } = ASSET_KINDS[kind];
    return entries.map((entry, index) => readAsset(entry, kind, `${listKey}[${index}]`));
  });
  checkTogether(assets);
  // The checks above have shown that the parsed value has this shape.
  return { manifest: fields as Manifest, assets };
}
