import { IngestError, quote } from "../errors.js";
import { type DigestAlgorithm, digestAlgorithm, isDigest } from "./digest.js";
import { assetPathFault, clashKey } from "./names.js";

/** The largest manifest that is read, in bytes. A thousand assets take about one megabyte. */
export const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;
/** The most variants and deltas together. */
export const MAX_ASSETS = 50_000;

/** Digests of an asset's chunks by one algorithm. */
export interface AssetHash {
  algorithm: string;
  [field: string]: unknown;
}

/** Size and digests of an asset as it is downloaded. */
export interface AssetDetails {
  /** Bytes of the file. */
  compressedSize: number;
  /** At least one of them by an algorithm we know. */
  hashes: AssetHash[];
  [field: string]: unknown;
}

/** A variant in the manifest. */
export interface ManifestVariant {
  /** The variant's id in the API. */
  publicId: string;
  /** `variant/<file>`. */
  assetPath: string;
  variantDetails: AssetDetails;
  [field: string]: unknown;
}

/** A delta in the manifest. */
export interface ManifestDelta {
  /** The delta's id in the API. */
  publicId: string;
  /** `delta/<file>`. */
  assetPath: string;
  deltaDetails: AssetDetails;
  [field: string]: unknown;
}

/**
 * A package's manifest. The fields declared here were checked; all others (`bundleId`, `shortVersionString`, …, and
 * those Apple adds later) are kept as they came, unchecked, hence `unknown`.
 */
export interface Manifest {
  variants: ManifestVariant[];
  deltas?: ManifestDelta[];
  [field: string]: unknown;
}

/** One file of the package, as ingest and verification need it. */
export interface Asset {
  kind: "variant" | "delta";
  id: string;
  /** `variant/<file>` or `delta/<file>`. */
  path: string;
  bytes: number;
  algorithm: DigestAlgorithm;
  chunkSize: number;
  /** Lower-case hex, one for each `chunkSize` bytes, the last chunk shorter. */
  digests: readonly string[];
}

function refuse(where: string, what: string): never {
  throw new IngestError("manifest", `manifest.json: ${where} ${what}. The package was refused.`);
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, where: string): Fields {
  return isFields(value) ? value : refuse(where, "is not an object");
}

function array(value: unknown, where: string): unknown[] {
  return Array.isArray(value) ? value : refuse(where, "is not an array");
}

function positiveInteger(value: unknown, where: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  return refuse(where, `is not a positive whole number: ${quote(value)}`);
}

/** The first hash by an algorithm we know, checked against the size. */
function readHash(hashes: unknown[], bytes: number, where: string) {
  for (const [index, entry] of hashes.entries()) {
    const here = `${where}[${index}]`;
    const hash = object(entry, here);
    if (typeof hash.algorithm !== "string") refuse(`${here}.algorithm`, "is not a string");
    const algorithm = digestAlgorithm(hash.algorithm);
    if (algorithm === undefined) continue;
    const chunkSize = positiveInteger(hash.chunkSize, `${here}.chunkSize`);
    const listed = array(hash.encryptedChunkDigests, `${here}.encryptedChunkDigests`);
    const chunks = Math.ceil(bytes / chunkSize);
    if (listed.length !== chunks) {
      const sizes = `${bytes} bytes in chunks of ${chunkSize}`;
      refuse(`${here}.encryptedChunkDigests`, `has ${listed.length} digests where ${sizes} need ${chunks}`);
    }
    const digests = listed.map((digest, chunk) => {
      if (isDigest(digest, algorithm)) return digest.toLowerCase();
      return refuse(`${here}.encryptedChunkDigests[${chunk}]`, `is no ${algorithm} digest: ${quote(digest)}`);
    });
    return { algorithm, chunkSize, digests };
  }
  return refuse(where, "names no digest algorithm that is known here");
}

function readAsset(value: unknown, kind: Asset["kind"], where: string): Asset {
  const entry = object(value, where);
  const { publicId: id, assetPath: path } = entry;
  // The id becomes part of an API path, so it may not be able to change that path.
  if (typeof id !== "string" || !/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(id)) {
    refuse(`${where}.publicId`, `is no resource id: ${quote(id)}`);
  }
  if (typeof path !== "string") refuse(`${where}.assetPath`, "is not a string");
  const fault = assetPathFault(path, kind);
  if (fault !== undefined) refuse(`${where}.assetPath`, `${quote(path)} ${fault}`);
  const details = `${where}.${kind}Details`;
  const { compressedSize, hashes } = object(entry[`${kind}Details`], details);
  const bytes = positiveInteger(compressedSize, `${details}.compressedSize`);
  return {
    kind,
    id,
    path,
    bytes,
    ...readHash(array(hashes, `${details}.hashes`), bytes, `${details}.hashes`),
  };
}

function parseJson(bytes: Uint8Array): Fields {
  if (bytes.length > MAX_MANIFEST_BYTES) refuse("the file", `is larger than ${MAX_MANIFEST_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the file.
    refuse("the file", "is not JSON in UTF-8");
  }
  return object(value, "the file");
}

/**
 * Parses a manifest that nobody has vouched for, and checks everything that ingest relies on: names, ids, sizes and
 * digests. Unknown fields are kept.
 *
 * @throws IngestError with reason `manifest`
 */
export function parseManifest(bytes: Uint8Array): { manifest: Manifest; assets: Asset[] } {
  const fields = parseJson(bytes);
  const variants = array(fields.variants, "variants");
  const deltas = array(fields.deltas ?? [], "deltas");
  const count = variants.length + deltas.length;
  if (count > MAX_ASSETS) refuse("the file", `lists ${count} assets; more than ${MAX_ASSETS} are not taken`);

  const assets = [
    ...variants.map((entry, index) => readAsset(entry, "variant", `variants[${index}]`)),
    ...deltas.map((entry, index) => readAsset(entry, "delta", `deltas[${index}]`)),
  ];
  const ids = new Set<string>();
  const paths = new Set<string>();
  let total = 0;
  for (const { id, path, bytes: size } of assets) {
    if (ids.has(id)) refuse("publicId", `${quote(id)} stands there twice`);
    if (paths.has(clashKey(path)))
      refuse("assetPath", `${quote(path)} stands there twice (letter case aside)`);
    ids.add(id);
    paths.add(clashKey(path));
    total += size;
  }
  if (!Number.isSafeInteger(total)) refuse("the file", "adds up to an impossible size");
  // The checks above have shown that the parsed value has this shape.
  return { manifest: fields as Manifest, assets };
}
